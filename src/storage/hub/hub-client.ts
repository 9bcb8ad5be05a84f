import { type EnvHttpProxyAgent, fetch, type Response } from 'undici';
import type { RemoteFile } from '../downloads/download.ts';
import { throughProxy } from '../downloads/proxy.ts';
import { hubText, isCommit } from './name.ts';
import { hubAuthorization, hubEndpoint, hubToken } from './settings.ts';

/** What a hub says about a repository at a revision. */
export interface HubInfo {
  readonly repository: string;
  readonly commit: string;
  /** The files by path in the repository. */
  readonly files: ReadonlyMap<string, HubBlob>;
}

/** A file's content. */
export interface HubBlob {
  /**
   * Its SHA-256 if it is stored apart from the repository (Git LFS, Xet), else git's SHA-1; the cache's name for it.
   */
  readonly blob: string;
  readonly bytes: number;
}

/** How long a question may take, in ms. */
const PATIENCE_MS = 30_000;
const TRIES = 3;

/**
 * Asks a hub for a repository's commit, files and checksums, in one request.
 * @param revision a branch, a tag or a commit
 * @throws Error saying what to do if there is no such repository or revision, or it is gated
 */
export async function askHub(repository: string, revision: string, signal?: AbortSignal): Promise<HubInfo> {
  const url = `${hubEndpoint()}/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const proxy = throughProxy({ headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
  try {
    for (let tries = 1; ; tries++) {
      const response = await ask(url, proxy, signal).catch((cause: unknown) => {
        signal?.throwIfAborted();
        return cause as Error;
      });
      const passing = response instanceof Error || response.status === 429 || response.status >= 500;
      if (!passing) return await read(response, { repository, revision, url });
      if (tries === TRIES) throw unreachable(url, response);
      await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** tries));
    }
  } finally {
    await proxy.destroy();
  }
}

function ask(url: string, dispatcher: EnvHttpProxyAgent, signal: AbortSignal | undefined): Promise<Response> {
  const known = hubAuthorization();
  const headers = known === undefined ? {} : { authorization: known };
  // only this limit notices a proxy that closes the connection without an answer
  const limit = AbortSignal.timeout(PATIENCE_MS);
  return fetch(url, { dispatcher, headers, signal: signal ? AbortSignal.any([signal, limit]) : limit });
}

async function read(
  response: Response,
  { repository, revision, url }: { readonly repository: string; readonly revision: string; readonly url: string },
): Promise<HubInfo> {
  if (!response.ok)
    throw new Error(
      explainRefusal({ repository, revision }, response) ??
        `${url}: the server answered ${response.status} ${response.statusText}.`,
    );
  const said = await response.json().catch(() => undefined);
  const { sha, siblings } = (said ?? {}) as { readonly sha?: unknown; readonly siblings?: unknown };
  if (typeof sha !== 'string' || !isCommit(sha) || !Array.isArray(siblings))
    throw new Error(
      `${url}: expected what a hub says of a repository; got something else (${response.headers.get('content-type') ?? 'no type'}). ` +
        'Is HF_ENDPOINT the address of a hub, or is there a login or a proxy in between?',
    );
  return { repository, commit: sha, files: new Map(siblings.flatMap((one) => fileOf(one))) };
}

/** Gives a file that can be checked by its checksum; other files cannot be fetched. */
function fileOf(sibling: unknown): [name: string, blob: HubBlob][] {
  const { rfilename: name, blobId, size, lfs } = (sibling ?? {}) as Record<string, unknown>;
  const { sha256, size: whole } = (lfs ?? {}) as Record<string, unknown>;
  const blob = sha256 ?? blobId;
  const bytes = whole ?? size;
  return typeof name === 'string' && typeof blob === 'string' && typeof bytes === 'number' && isBlob(blob)
    ? [[name, { blob, bytes }]]
    : [];
}

const isBlob = (name: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(name);

/** Says where a file's bytes come from, and what they have to be. */
export function remoteFile({ repository, commit }: HubInfo, file: string, { blob, bytes }: HubBlob): RemoteFile {
  return {
    url: `${hubEndpoint()}/${repository}/resolve/${commit}/${file.split('/').map(encodeURIComponent).join('/')}`,
    bytes,
    ...(blob.length === 64 ? { sha256: blob } : { gitSha1: blob }),
    authorization: hubAuthorization(),
  };
}

/**
 * Explains a hub's refusal, by its `X-Error-Code` (huggingface_hub, utils/_http.py).
 * @returns undefined if it is none of these
 */
export function explainRefusal(
  { repository, revision }: { readonly repository: string; readonly revision: string },
  { status, headers }: Response,
): string | undefined {
  const code = headers.get('x-error-code');
  const page = `${hubEndpoint()}/${repository}`;
  const known = hubToken() !== undefined;
  const named = hubText({ repository });
  if (code === 'GatedRepo')
    return `${named} is gated: ${known ? 'the account of HF_TOKEN has no access to it' : 'only people who are logged in get it'}. Ask for access on ${page}, and set HF_TOKEN to a token of that account.`;
  if (code === 'DisabledRepo') return `${named} was disabled by the hub: ${page} says why.`;
  if (code === 'RevisionNotFound')
    return `${named} has no revision "${revision}"; ${page}/tree/main lists its branches and tags. In hf:… a "/" of its name is written %2F.`;
  if (code === 'EntryNotFound') return `${named} has no such file at ${revision}; ${page}/tree/main lists its files.`;
  if (code === 'RepoNotFound' || status === 401 || status === 404)
    return known
      ? `${named}: there is no such repository on ${hubEndpoint()}, or HF_TOKEN is wrong or belongs to an account that may not see it.`
      : `${named}: there is no such repository on ${hubEndpoint()}. Is it spelt right? If it is private, set HF_TOKEN.`;
  if (status === 403)
    return `${named}: the hub refuses it (403${said(headers.get('x-error-message'))}). May the account of HF_TOKEN read it?`;
  return undefined;
}

const said = (message: string | null): string => (message ? `: ${message}` : '');

function unreachable(url: string, answer: Response | Error): Error {
  const because = answer instanceof Error ? reason(answer) : `it answered ${answer.status} ${answer.statusText}`;
  return new Error(
    `${url}: the hub cannot be reached (${because}). Without a network, HF_HUB_OFFLINE=1 takes what is there.`,
    { cause: answer instanceof Error ? answer : undefined },
  );
}

function reason({ message, cause }: Error): string {
  const why = cause instanceof Error ? cause.message || message : message;
  return /wrong version number|packet length too long|EPROTO/.test(why)
    ? 'it speaks no TLS there: is its address http:// and not https://?'
    : why;
}
