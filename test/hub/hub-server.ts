import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A repository as the server has it. */
export interface Repository {
  /** By revision: the commit. */
  readonly revisions: Record<string, string>;
  /** By commit: the files' content by path. */
  readonly commits: Record<string, Record<string, Buffer>>;
  /** Its files are for those only who have this token; `private` hides the repository as well. */
  readonly gated?: string;
  readonly private?: string;
}

/** A request, as the hub or its CDN got it. */
export interface Seen {
  readonly at: 'hub' | 'cdn';
  readonly method: string;
  readonly path: string;
  readonly token?: string;
  readonly range?: string;
}

type Answer = (request: IncomingMessage, response: ServerResponse, content: Buffer) => void;

export interface Hub {
  /** What HF_ENDPOINT is to be. */
  readonly endpoint: string;
  readonly repositories: Record<string, Repository>;
  readonly seen: Seen[];
  /** What the CDN does with a blob; by default it serves it, and ranges of it. */
  cdn: Answer;
  /** Where set, what the hub says of a model instead. */
  info?: (said: Record<string, unknown>) => unknown;
  /** Requests that were answered since the last call, in short: `GET hub /api/…`. */
  taken(): string[];
  close(): Promise<void>;
}

/** Larger files are kept apart from the repository and served by the CDN, as the hub does with Git LFS. */
const SMALL = 2000;

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
/** As `git hash-object` has it. */
export const gitSha1 = (bytes: Buffer): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

/**
 * A hub on this machine that speaks as Hugging Face's: `/api/models`, `/resolve/` with `ETag`, `X-Repo-Commit`,
 * `X-Linked-Etag`, `X-Linked-Size`, redirects to a CDN on another port, `X-Error-Code`. Python's `huggingface_hub`
 * downloads from it (hub-peer.test.ts).
 */
export async function startHub(repositories: Record<string, Repository>): Promise<Hub> {
  const seen: Seen[] = [];
  let told = 0;
  const note = (at: Seen['at'], { method, url, headers }: IncomingMessage): void => {
    const token = headers.authorization?.replace(/^Bearer /, '');
    seen.push({
      at,
      method: method!,
      path: url!,
      ...(token && { token }),
      ...(headers.range && { range: headers.range }),
    });
  };
  const cdn = createServer((request, response): void => {
    note('cdn', request);
    const [, name] = /^\/blobs\/([0-9a-f]{64})\?signed=/.exec(request.url!) ?? [];
    const content = Object.values(repositories)
      .flatMap(({ commits }) => Object.values(commits).flatMap((files) => Object.values(files)))
      .find((one) => sha256(one) === name);
    if (!content || request.headers.authorization) return void response.writeHead(400).end(); // signed addresses take no token
    hub.cdn(request, response, content);
  });
  const main = createServer((request, response): void => {
    note('hub', request);
    const refuse = (status: number, code: string): void =>
      void response
        .writeHead(status, { 'x-error-code': code, 'content-type': 'application/json' })
        .end(JSON.stringify({ error: code }));
    const url = new URL(request.url!, 'http://hub');
    const [, api, name, revision] =
      /^\/(api\/models\/)?([^/]+\/[^/]+)(?:\/(?:revision|resolve)\/([^/]+))?/.exec(url.pathname) ?? [];
    const repository = repositories[name];
    const token = request.headers.authorization?.replace(/^Bearer /, '');
    if (!repository || (repository.private !== undefined && repository.private !== token))
      return refuse(token === undefined ? 401 : 404, 'RepoNotFound');
    const asked = decodeURIComponent(revision ?? 'main');
    const commit = asked in repository.commits ? asked : repository.revisions[asked];
    if (!commit) return refuse(404, 'RevisionNotFound');
    const files = repository.commits[commit];
    if (api) {
      const siblings = Object.entries(files).map(([rfilename, bytes]) => ({
        rfilename,
        ...(url.searchParams.has('blobs') && blobOf(bytes)),
      }));
      const said = {
        _id: '0',
        id: name,
        modelId: name,
        sha: commit,
        private: false,
        gated: repository.gated ? 'auto' : false,
        siblings,
      };
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
      return void response.end(JSON.stringify(hub.info ? hub.info(said) : said));
    }
    if (repository.gated !== undefined && repository.gated !== token)
      return refuse(token === undefined ? 401 : 403, 'GatedRepo');
    const file = decodeURIComponent(url.pathname.split('/').slice(5).join('/'));
    const content = files[file];
    response.setHeader('x-repo-commit', commit);
    if (!content) return refuse(404, 'EntryNotFound');
    if (content.length <= SMALL) {
      response.setHeader('etag', `"${gitSha1(content)}"`);
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': content.length });
      return void response.end(request.method === 'HEAD' ? undefined : content);
    }
    response.writeHead(302, {
      'x-linked-etag': `"${sha256(content)}"`,
      'x-linked-size': content.length,
      location: `${address(cdn)}/blobs/${sha256(content)}?signed=yes`,
    });
    response.end();
  });
  for (const server of [cdn, main]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hub: Hub = {
    endpoint: address(main),
    repositories,
    seen,
    cdn: serveBlob,
    taken: () =>
      seen
        .slice(told, (told = seen.length))
        .map(({ at, method, path }) => `${method} ${at} ${path.replace(/\?.*/, '')}`),
    async close() {
      for (const server of [cdn, main]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
  return hub;
}

const blobOf = (bytes: Buffer): object => ({
  blobId: gitSha1(bytes),
  size: bytes.length,
  ...(bytes.length > SMALL && { lfs: { sha256: sha256(bytes), size: bytes.length, pointerSize: 134 } }),
});

const address = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Serves a blob, or the range of it that is asked for. */
export function serveBlob({ headers, method }: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const etag = `"${sha256(content).slice(0, 32)}"`;
  const wanted = headers['if-range'] === undefined || headers['if-range'] === etag;
  const from = wanted ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
  response.writeHead(from ? 206 : 200, {
    etag,
    'content-type': 'binary/octet-stream',
    'content-length': content.length - from,
    ...(from && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
  });
  response.end(method === 'HEAD' ? undefined : content.subarray(from));
}

/** Serves blobs so that the first answer breaks off after so many bytes. */
export function breakingAfter(bytes: number): Answer {
  let count = 0;
  return (request, response, content) => {
    if (count++) return serveBlob(request, response, content);
    response.writeHead(200, { etag: `"${sha256(content).slice(0, 32)}"`, 'content-length': content.length });
    response.write(content.subarray(0, bytes), () => setTimeout(() => response.destroy(), 30));
  };
}
