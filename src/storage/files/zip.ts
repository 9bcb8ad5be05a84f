import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

/** A file in a ZIP archive. */
export interface ZipEntry {
  readonly name: string;
  /** Where its bytes begin in the archive. */
  readonly at: number;
  /** How many bytes it takes there. */
  readonly bytes: number;
  /** How many bytes it has, as the archive says. */
  readonly size: number;
  readonly packed: boolean;
}

/** Whether a file begins as ZIP archives do. */
export const isZip = (head: Uint8Array): boolean =>
  head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;

/** The most bytes of the comment at the end of a ZIP file, and of the record in front of it. */
const MOST_END = 65_535 + 22;
/** What unpacks to more than this, and to more than so many times its bytes, was made to fill disks. */
const [MOST_UNPACKED, MOST_RATIO] = [2 ** 28, 50];
/** Stands in place of a length or position that takes more than 32 bits. */
const BEYOND = 0xffffffff;

/**
 * Lists the files of a ZIP archive (PKWARE's APPNOTE, 4.3.7, 4.3.12 and 4.3.16). Nothing is unpacked.
 * @throws Error, a clause that follows "a ZIP archive", if it is cut short, too large or encrypted
 */
export async function listZip(archive: string): Promise<ZipEntry[]> {
  const handle = await open(archive);
  try {
    const { size } = await handle.stat();
    const read = async (at: number, length: number): Promise<Buffer> => {
      const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - at)));
      await handle.read(buffer, 0, buffer.length, at);
      return buffer;
    };
    const tail = await read(Math.max(0, size - MOST_END), MOST_END);
    const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
    if (end < 0 || end + 22 > tail.length) throw new Error('that is cut short: its list of files is missing');
    const count = tail.readUInt16LE(end + 10);
    const list = await read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    const entries: ZipEntry[] = [];
    for (let k = 0; k + 46 <= list.length && list.readUInt32LE(k) === 0x02014b50;) {
      const [flags, method] = [list.readUInt16LE(k + 8), list.readUInt16LE(k + 10)];
      const [bytes, unpacked, start] = [20, 24, 42].map((position) => list.readUInt32LE(k + position));
      const [length, extra, comment] = [28, 30, 32].map((position) => list.readUInt16LE(k + position));
      const name = list.toString('utf8', k + 46, k + 46 + length);
      const local = await read(start, 30);
      if ([bytes, unpacked, start].includes(BEYOND)) throw new Error(`whose ${name} is of 4 GiB or more`);
      if (![0, 8].includes(method) || flags & 1)
        throw new Error(`whose ${name} is encrypted, or packed in another way than by deflate`);
      if (unpacked > MOST_UNPACKED && unpacked > MOST_RATIO * bytes)
        throw new Error(
          `whose ${name} would unpack from ${bytes.toLocaleString('en-US')} bytes to ${unpacked.toLocaleString('en-US')}`,
        );
      if (local.length < 30 || local.readUInt32LE(0) !== 0x04034b50)
        throw new Error(`that is damaged: ${name} is not where its list says`);
      const at = start + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
      if (at + bytes > size) throw new Error(`that is cut short: ${name} ends behind its end`);
      entries.push({ name, at, bytes, size: unpacked, packed: method === 8 });
      k += 46 + length + extra + comment;
    }
    if (entries.length < count) throw new Error('that is damaged: its list of files is cut short');
    return entries;
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
