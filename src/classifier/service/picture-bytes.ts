import { Readable } from 'node:stream';
import { readFileUpTo } from '../../storage/files/read-file.ts';
import { fetchUpTo } from './fetch-up-to.ts';
import { PictureError } from './picture-error.ts';
import { until } from './until.ts';
import { collect, ofSize } from './collect.ts';

/**
 * A picture in one of the forms that services have it in: the bytes of a file; a Blob or File; a path (a string is
 * always a path); a URL object, which is fetched; or a stream, such as a request.
 */
export type Picture =
  Uint8Array | ArrayBuffer | Blob | string | URL | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** What a picture may cost before it is known to be one. */
export interface Limits {
  readonly maxBytes: number;
  /** In milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

/**
 * Gives the bytes of a picture.
 * @throws PictureError saying what was expected, if they cannot be had within the limits
 * @throws the signal's reason when aborted
 */
export async function pictureBytes(picture: Picture, { maxBytes, timeout, signal }: Limits): Promise<Uint8Array> {
  signal?.throwIfAborted();
  if (picture instanceof Uint8Array) return ofSize(picture, picture.byteLength, maxBytes);
  if (picture instanceof ArrayBuffer) return ofSize(new Uint8Array(picture), picture.byteLength, maxBytes);
  if (typeof picture === 'string') return fromPath(picture, maxBytes);
  const ended = new AbortController();
  const stop = (): void => ended.abort(signal!.reason);
  const late = `expected a picture within ${timeout / 1000} s; it did not come in full.`;
  const timer = setTimeout(() => ended.abort(new PictureError(late)), timeout);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (picture instanceof Blob) {
      ofSize(picture, picture.size, maxBytes);
      return new Uint8Array(await until(ended.signal, picture.arrayBuffer()));
    }
    if (picture instanceof URL) return await fetchUpTo(picture, maxBytes, ended.signal);
    return await collect(chunksOf(picture), maxBytes, ended.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

async function fromPath(file: string, maxBytes: number): Promise<Uint8Array> {
  const hint = /^https?:/i.test(file) ? ' A string is a path: hand in new URL(…) to have it fetched.' : '';
  try {
    return await readFileUpTo(file, maxBytes);
  } catch (cause) {
    throw new PictureError(`${file}: expected a file with a picture; ${(cause as Error).message}.${hint}`, { cause });
  }
}

/** Gives the parts of a stream. A request that is given up is left as it is, since its answer has to be written yet. */
function chunksOf(stream: AsyncIterable<unknown> | ReadableStream<Uint8Array>): AsyncIterator<unknown> {
  if (stream instanceof Readable) return stream.iterator({ destroyOnReturn: false });
  if (stream !== null && typeof stream === 'object' && Symbol.asyncIterator in stream)
    return stream[Symbol.asyncIterator]();
  throw new TypeError(
    `predict: expected bytes, a Blob, a path, a URL object, a stream or a list of these; got ${String(stream)}.`,
  );
}
