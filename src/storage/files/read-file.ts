import { isUtf8 } from 'node:buffer';
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { shortPath } from '../../project.ts';

/** Reads a file of text (UTF-8). */
export const readText = (file: string): Promise<string> => readFile(file, 'utf8');

/** Reads a file of text; undefined if it is not in UTF-8. */
export async function readUtf8(file: string): Promise<string | undefined> {
  const bytes = await readFile(file);
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** Whether a file is there. */
export const fileExists = (file: string): boolean => existsSync(file);

/** Gives a file's size in bytes. */
export const bytesIn = (file: string): number => statSync(file).size;

/** Whether a path is that of a folder. */
export const isFolder = (place: string): boolean => Boolean(statSync(place, { throwIfNoEntry: false })?.isDirectory());

/** Reads the first bytes of a file. */
export async function startOf(file: string, bytes: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const start = Buffer.alloc(bytes);
    const { bytesRead } = await handle.read(start, 0, bytes, 0);
    return start.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Reads a file; undefined if there is none. */
export const bytesIfThere = (file: string): Buffer | undefined => (existsSync(file) ? readFileSync(file) : undefined);

/** Reads a file. */
export const readBytes = (file: string): Promise<Buffer> => readFile(file);

/**
 * Reads a regular file of at most `most` bytes.
 * @throws Error saying what else it is, or that it is larger
 */
export async function readFileUpTo(file: string, most: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw new Error('it is no file');
    if (facts.size > most)
      throw new Error(`it has ${facts.size.toLocaleString('en-US')} bytes, more than ${most.toLocaleString('en-US')}`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Reads a file's first bytes, and the rest if `wanted` returns true for them. @returns the bytes that were read */
export async function readIfWanted(file: string, first: number, wanted: (start: Buffer) => boolean): Promise<Buffer> {
  const handle = await open(file);
  try {
    const start = Buffer.alloc(first);
    const { bytesRead } = await handle.read(start, 0, first, 0);
    const got = start.subarray(0, bytesRead);
    return bytesRead === first && wanted(got) ? Buffer.concat([got, await restOf(handle, bytesRead)]) : got;
  } finally {
    await handle.close();
  }
}

async function restOf(handle: Awaited<ReturnType<typeof open>>, from: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  const { size } = await handle.stat();
  for (let at = from; ;) {
    const part = Buffer.allocUnsafe(Math.max(1024, size - at));
    const { bytesRead } = await handle.read(part, 0, part.length, at);
    if (!bytesRead) return Buffer.concat(parts);
    parts.push(part.subarray(0, bytesRead));
    at += bytesRead;
  }
}
/** Reads a file of text (UTF-8); undefined if there is none. */
export const textIfThere = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8') : undefined;

/** Gives a file's bytes in order, block by block. */
export function* fileBlocks(file: string, size = 4 << 20): Generator<Uint8Array> {
  const handle = openSync(file, 'r');
  try {
    for (;;) {
      const block = Buffer.allocUnsafe(size);
      const got = readSync(handle, block, 0, size, null);
      if (!got) return;
      yield block.subarray(0, got);
    }
  } finally {
    closeSync(handle);
  }
}

/** A file that is read in ranges. */
export interface RangeReader {
  /** @throws Error if the file ends before */
  read(start: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export async function openRanges(file: string): Promise<RangeReader> {
  const handle = await open(file);
  return {
    async read(start, length) {
      const bytes = Buffer.alloc(length);
      for (let done = 0; done < length;) {
        const { bytesRead } = await handle.read(bytes, done, length - done, start + done);
        if (!bytesRead) throw new Error(`${shortPath(file)}: expected ${length} bytes at ${start}; it has changed`);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}
