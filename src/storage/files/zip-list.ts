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
 * Lists the files of a ZIP archive (PKWARE's APPNOTE, 4.3.7, 4.3.12 and 4.3.16), on a disk or in a page. Nothing is
 * unpacked.
 * @param size the bytes of the archive
 * @param read gives some of its bytes
 * @throws Error, a clause that follows "a ZIP archive", if it is cut short, too large or encrypted
 */
export async function zipEntries(
  size: number,
  read: (at: number, length: number) => Promise<Uint8Array>,
): Promise<ZipEntry[]> {
  const part = async (at: number, length: number): Promise<DataView> => {
    const bytes = await read(at, Math.max(0, Math.min(length, size - at)));
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
  const tail = await part(Math.max(0, size - MOST_END), MOST_END);
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new Error('that is cut short: its list of files is missing');
  const count = tail.getUint16(end + 10, true);
  const list = await part(tail.getUint32(end + 16, true), tail.getUint32(end + 12, true));
  const entries: ZipEntry[] = [];
  for (let k = 0; k + 46 <= list.byteLength && list.getUint32(k, true) === 0x02014b50;) {
    const [flags, method] = [list.getUint16(k + 8, true), list.getUint16(k + 10, true)];
    const [bytes, unpacked, start] = [20, 24, 42].map((position) => list.getUint32(k + position, true));
    const [length, extra, comment] = [28, 30, 32].map((position) => list.getUint16(k + position, true));
    const left = Math.min(length, list.byteLength - k - 46);
    const name = new TextDecoder().decode(new Uint8Array(list.buffer, list.byteOffset + k + 46, left));
    const local = await part(start, 30);
    if ([bytes, unpacked, start].includes(BEYOND)) throw new Error(`whose ${name} is of 4 GiB or more`);
    if (![0, 8].includes(method) || flags & 1)
      throw new Error(`whose ${name} is encrypted, or packed in another way than by deflate`);
    if (unpacked > MOST_UNPACKED && unpacked > MOST_RATIO * bytes)
      throw new Error(
        `whose ${name} would unpack from ${bytes.toLocaleString('en-US')} bytes to ${unpacked.toLocaleString('en-US')}`,
      );
    if (local.byteLength < 30 || local.getUint32(0, true) !== 0x04034b50)
      throw new Error(`that is damaged: ${name} is not where its list says`);
    const at = start + 30 + local.getUint16(26, true) + local.getUint16(28, true);
    if (at + bytes > size) throw new Error(`that is cut short: ${name} ends behind its end`);
    entries.push({ name, at, bytes, size: unpacked, packed: method === 8 });
    k += 46 + length + extra + comment;
  }
  if (entries.length < count) throw new Error('that is damaged: its list of files is cut short');
  return entries;
}
