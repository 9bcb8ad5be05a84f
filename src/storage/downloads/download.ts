import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fetch, type Response } from 'undici';
import { checksum, type Published } from './checksum.ts';
import { lock, lockNow } from '../files/lock.ts';
import { throughProxy } from './proxy.ts';

/** A file on the internet, and how to recognize the right one. */
export interface RemoteFile extends Published {
  readonly url: string;
  /** The file's exact size in bytes, if known. */
  readonly bytes?: number;
  /** For `url`'s own server, `Bearer …`; if that redirects to another server, it is not sent there. */
  readonly authorization?: string;
}

export interface DownloadProgress {
  readonly file: string;
  readonly received: number;
  readonly total: number | undefined;
}

export interface DownloadOptions {
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
  /** How many tries in a row may bring next to nothing before giving up. @default 5 */
  readonly tries?: number;
  /**
   * Milliseconds in which at least {@link LEAST_BYTES} have to arrive, else the connection is given up. @default 30000
   */
  readonly idleMs?: number;
  /** Explains a refusal, if its answer does so in its own way; undefined if it does not. */
  readonly explain?: (answer: Response) => string | undefined;
}

/** A connection that brings less than this in `idleMs` counts as broken: 16 KiB, half a kilobyte a second. */
const LEAST_BYTES = 16_384;
/** The most redirects that are followed, as with curl's `--max-redirs` for most tools. */
const MOST_REDIRECTS = 10;

/**
 * Downloads a file, resuming an earlier try, and puts it in place only if its checksum is right. A file that is already
 * there and right (without a published checksum: of the right size) is not fetched again. A proxy is taken from
 * `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in upper or lower case.
 * @param remote the file to fetch
 * @param to the path it is written to; `to.part` holds what has arrived so far
 * @returns whether anything was fetched
 * @throws Error naming expected and found checksum: the wrong file is kept apart as `to.rejected`, the old one
 *   untouched
 */
export async function download(remote: RemoteFile, to: string, options: DownloadOptions = {}): Promise<boolean> {
  const { onProgress, signal, tries = 5, idleMs = 30_000 } = options;
  const part = `${to}.part`;
  if (await isDownloaded(to, remote)) {
    // left by a process that was killed after putting the file in place; does no harm on a read-only disk
    await rm(`${part}.etag`, { force: true }).catch(() => undefined);
    await clearLock(lockOf(to));
    return false;
  }
  await mkdir(path.dirname(to), { recursive: true });
  // if several try at once, one fetches it, whatever machine they are on; the others see its progress
  const showOther = (): void =>
    void sizeOf(part).then((received) => {
      if (received) onProgress?.({ file: path.basename(to), received, total: remote.bytes });
    });
  const unlock = await lock(lockOf(to), { signal, everywhere: true, onWait: showOther });
  try {
    return (await isDownloaded(to, remote)) ? false : await fetchWhole(remote, to, { ...options, tries, idleMs });
  } finally {
    unlock();
  }
}

const lockOf = (to: string): string => `${to}.lock`;

/** Removes a lock left by a killed process. */
async function clearLock(file: string): Promise<void> {
  if (!(await exists(file))) return;
  const unlock = await lockNow(file).catch(() => '');
  if (typeof unlock !== 'string') unlock();
}

/** Fetches a file, trying again, and puts it in place. */
async function fetchWhole(
  remote: RemoteFile,
  to: string,
  { onProgress, signal, tries, idleMs, explain }: DownloadOptions & { readonly tries: number; readonly idleMs: number },
): Promise<true> {
  const part = `${to}.part`;
  let failures = 0;
  let served: string | undefined;
  for (;;) {
    const before = await sizeOf(part);
    try {
      served = await fetchRest(remote, part, { onProgress, signal, idleMs, explain });
      break;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof Refused) throw error;
      if (/^(ENOSPC|EDQUOT|EROFS|EACCES|EPERM|EIO)$/.test((error as NodeJS.ErrnoException).code ?? '')) {
        throw new Error(
          `${part} cannot be written: ${(error as Error).message}. What has arrived is kept; the same command goes on from there.`,
          { cause: error },
        );
      }
      // a server that trickles would keep it trying again for ever
      failures = (await sizeOf(part)) >= before + LEAST_BYTES ? 0 : failures + 1;
      if (failures >= tries) {
        throw new Error(
          `${remote.url}: the download broke off ${tries} times at ${before} bytes (${reason(error)}). ` +
            `What has arrived is kept in ${part}; the same command goes on from there.`,
          { cause: error },
        );
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 250 * 2 ** failures)));
    }
  }
  const { sum, kind, published } = checksum(remote);
  const found = await sum(part);
  const expected = published ?? (kind === 'MD5' ? served : undefined) ?? found;
  if (found !== expected) {
    const rejected = `${to}.rejected`;
    const size = await sizeOf(part);
    await rename(part, rejected);
    await rm(`${part}.etag`, { force: true });
    const expectedSize = remote.bytes ? ` of ${remote.bytes} bytes` : '';
    throw new Error(
      `${remote.url}: expected a file${expectedSize} with ${kind} ${expected}; got ${size} bytes with ${kind} ${found}. ` +
        `It is kept apart as ${rejected} and not used.`,
    );
  }
  await rename(part, to);
  await rm(`${part}.etag`, { force: true });
  return true;
}

/** Tells whether the file is there, and right. */
export async function isDownloaded(file: string, remote: RemoteFile): Promise<boolean> {
  const { sum, published } = checksum(remote);
  const { bytes } = remote;
  if (published === undefined) return bytes !== undefined && (await sizeOf(file)) === bytes;
  return (bytes === undefined || (await sizeOf(file)) === bytes) && (await sum(file)) === published;
}

/** An answer that trying again would not change. */
class Refused extends Error {}

const reason = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
};

/**
 * Appends to `part` what is still missing of the remote file.
 * @returns the whole file's MD5 (hexadecimal), if the server gives it
 */
async function fetchRest(
  remote: RemoteFile,
  part: string,
  { onProgress, signal, idleMs, explain }: DownloadOptions & { idleMs: number },
): Promise<string | undefined> {
  let have = await sizeOf(part);
  if (checksum(remote).published !== undefined && have > 0 && have === remote.bytes) return undefined;
  const etagFile = `${part}.etag`;
  const etag = await readFile(etagFile, 'utf8').catch(() => undefined);
  // without a strong validator it is unknown whether the rest belongs to the same file
  const resumable = have > 0 && etag !== undefined && (remote.bytes === undefined || have < remote.bytes);
  if (!resumable) have = 0;

  const idle = new AbortController();
  let inWindow = 0;
  const timer = setInterval(() => {
    if (inWindow < LEAST_BYTES)
      idle.abort(
        new Error(inWindow ? `only ${inWindow} bytes in ${idleMs / 1000} s` : `no data for ${idleMs / 1000} s`),
      );
    inWindow = 0;
  }, idleMs);
  const proxy = throughProxy();
  const stop = (): void => idle.abort(signal?.reason);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    const headers = {
      'accept-encoding': 'identity',
      ...(resumable ? { range: `bytes=${have}-`, 'if-range': etag } : {}),
    };
    const response = await follow(remote, { headers, signal: idle.signal, dispatcher: proxy });
    if (response.status === 416) {
      await rm(part, { force: true });
      throw new Error('the server has no such range; starting again');
    }
    if (!response.ok) {
      const error =
        explain?.(response) ?? `${remote.url}: the server answered ${response.status} ${response.statusText}.`;
      throw response.status >= 500 || response.status === 429 ? new Error(error) : new Refused(error);
    }
    if (response.headers.get('content-type')?.startsWith('text/html')) {
      throw new Refused(
        `${remote.url}: expected a file; the server sent a web page (text/html). Is there a login or a proxy in between?`,
      );
    }
    if (response.status !== 206)
      have = 0; // the whole file comes, whatever was asked for
    else if (!response.headers.get('content-range')?.startsWith(`bytes ${have}-`)) {
      await rm(part, { force: true });
      throw new Error('the server sent another range than asked for; starting again');
    }
    const validator = response.headers.get('etag');
    if (have > 0 && validator && validator !== etag) {
      await rm(part, { force: true });
      throw new Error('the file on the server has changed; starting again');
    }
    const length = Number(response.headers.get('content-length') ?? NaN);
    const total = Number.isFinite(length) ? have + length : remote.bytes;
    if (remote.bytes !== undefined && total !== undefined && total !== remote.bytes) {
      throw new Refused(`${remote.url}: expected ${remote.bytes} bytes; the server announces ${total}.`);
    }
    if (validator && !validator.startsWith('W/')) await writeFile(etagFile, validator);
    else if (have === 0) await rm(etagFile, { force: true });

    const file = await open(part, have > 0 ? 'r+' : 'w');
    try {
      let received = have;
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        inWindow += chunk.length;
        await file.write(chunk, 0, chunk.length, received);
        received += chunk.length;
        if (remote.bytes !== undefined && received > remote.bytes) {
          throw new Refused(`${remote.url}: expected ${remote.bytes} bytes; the server sends more.`);
        }
        onProgress?.({ file: path.basename(part, '.part'), received, total });
      }
      if (total !== undefined && received < total)
        throw new Error(`the connection ended at ${received} of ${total} bytes`);
    } finally {
      await file.close();
    }
    return servedMd5(response);
  } catch (error) {
    throw idle.signal.aborted && !signal?.aborted ? (idle.signal.reason as Error) : error;
  } finally {
    clearInterval(timer);
    await proxy.destroy();
    signal?.removeEventListener('abort', stop);
  }
}

/** Reads `x-goog-hash: crc32c=…, md5=…`, in base64 (cloud.google.com/storage/docs/xml-api/reference-headers). */
function servedMd5({ headers }: Response): string | undefined {
  const [, base64] = /(?:^|[,\s])md5=([A-Za-z0-9+/]{22}==)/.exec(headers.get('x-goog-hash') ?? '') ?? [];
  return base64 && Buffer.from(base64, 'base64').toString('hex');
}

/**
 * Follows redirects with the request's headers, except that the header with credentials goes only to its own server;
 * redirects to other schemes than http and https are not followed.
 */
async function follow(
  { url, authorization }: RemoteFile,
  { headers, ...options }: NonNullable<Parameters<typeof fetch>[1]> & { headers: Record<string, string> },
): Promise<Response> {
  for (let at = url, i = 0; i <= MOST_REDIRECTS; i++) {
    const known = authorization !== undefined && new URL(at).origin === new URL(url).origin;
    const own = { ...headers, ...(known && { authorization }) };
    const response = await fetch(at, { ...options, headers: own, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || !location) return response;
    await response.body?.cancel();
    const next = new URL(location, at);
    if (!/^https?:$/.test(next.protocol))
      throw new Refused(`${url}: the server redirects to ${next.protocol}, which is not followed.`);
    if (new URL(url).protocol === 'https:' && next.protocol !== 'https:')
      throw new Refused(`${url}: the server redirects from https to http, which is not followed.`);
    at = next.href;
  }
  throw new Refused(`${url}: the server redirects more than ${MOST_REDIRECTS} times.`);
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    (s) => s.size,
    () => 0,
  );
