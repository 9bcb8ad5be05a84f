import { PictureError } from './picture-error.ts';
import { until } from './until.ts';

/** Reads a stream to its end, but no more bytes than it may have. */
export async function collect(
  chunks: AsyncIterator<unknown>,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let whole = false;
  try {
    for (;;) {
      const next = await until(signal, chunks.next().catch(broken));
      if (next.done) break;
      const { value } = next;
      if (!(value instanceof Uint8Array))
        throw new TypeError(`predict: expected a stream of bytes; got one of ${typeof value}.`);
      size += value.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      parts.push(value);
    }
    whole = true;
    return Buffer.concat(parts, size);
  } finally {
    // not awaited: a stream that stalls does not answer
    if (!whole) void Promise.resolve(chunks.return?.()).catch(() => undefined);
  }
}

const broken = (cause: unknown): never => {
  throw new PictureError(`expected a picture; its stream broke off: ${(cause as Error).message}.`, { cause });
};

/** Checks the size of what is there in full. @throws PictureError */
export function ofSize<T>(bytes: T, size: number, maxBytes: number): T {
  if (size > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}

const tooLarge = (maxBytes: number): PictureError =>
  new PictureError(
    `expected a picture of at most ${maxBytes.toLocaleString('en-US')} bytes; it has more. ` +
      'Make it smaller, or open the classifier with a larger maxBytes.',
  );
