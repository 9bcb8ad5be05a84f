import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { type ZipEntry, zipEntries } from './zip-list.ts';

/**
 * Lists the files of a ZIP archive on the disk. Nothing is unpacked.
 * @throws Error, a clause that follows "a ZIP archive", if it is cut short, too large or encrypted
 */
export async function listZip(archive: string): Promise<ZipEntry[]> {
  const handle = await open(archive);
  try {
    const { size } = await handle.stat();
    return await zipEntries(size, async (at, length) => {
      const buffer = Buffer.alloc(length);
      await handle.read(buffer, 0, length, at);
      return buffer;
    });
  } finally {
    await handle.close();
  }
}

/**
 * Unpacks one file of an archive into another file.
 * @throws Error if it holds more than the archive says, or less
 */
export async function unpackTo(archive: string, entry: ZipEntry, file: string): Promise<void> {
  await pipeline([...unpacked(archive, entry), createWriteStream(file)]);
}

/**
 * Reads one file of an archive.
 * @param most the most bytes that it may have
 * @throws Error if it has more, or holds more than the archive says, or less
 */
export async function readEntry(archive: string, entry: ZipEntry, most: number): Promise<Buffer> {
  if (entry.size > most)
    throw new Error(
      `${entry.name} has ${entry.size.toLocaleString('en-US')} bytes, more than ${most.toLocaleString('en-US')}`,
    );
  const parts: Buffer[] = [];
  const collect = new Writable({
    write(part: Buffer, _, done) {
      parts.push(part);
      done();
    },
  });
  await pipeline([...unpacked(archive, entry), collect]);
  return Buffer.concat(parts);
}

/** Gives the streams that unpack a file; what goes on behind the announced size ends it, however far it would go. */
function unpacked(archive: string, { name, at, bytes, size, packed }: ZipEntry): (Readable | Transform)[] {
  const from = bytes ? createReadStream(archive, { start: at, end: at + bytes - 1 }) : Readable.from([]);
  let left = size;
  const counted = new Transform({
    transform(part: Buffer, _, done) {
      left -= part.length;
      done(left < 0 ? new Error(`${name} unpacks to more than the ${size} bytes that the archive says`) : null, part);
    },
    flush: (done) =>
      done(left > 0 ? new Error(`${name} is cut short: ${left} of its ${size} bytes are missing`) : null),
  });
  return packed ? [from, createInflateRaw(), counted] : [from, counted];
}
