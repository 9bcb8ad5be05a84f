/** A file that goes into an archive. */
export interface ZipPart {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Makes a ZIP archive of files as they are, not packed (PKWARE's APPNOTE, 4.3.7, 4.3.12 and 4.3.16): weights and
 * pictures hardly shrink, and Keras writes its own files so too. Pages write archives by it as well.
 * @returns the bytes of the archive
 * @throws RangeError if it would have 4 GiB or more, or more than 65,535 files, for which a ZIP needs other records
 */
export function zipOf(parts: readonly ZipPart[]): Uint8Array<ArrayBuffer> {
  const files = parts.map(({ name, bytes }) => ({ path: new TextEncoder().encode(name), bytes }));
  const list = files.reduce((sum, { path }) => sum + path.length + 46, 0);
  const size = files.reduce((sum, { path, bytes }) => sum + path.length + 30 + bytes.length, list + 22);
  if (size >= 2 ** 32)
    throw new RangeError(`zip: expected less than 4 GiB; got ${size.toLocaleString('en-US')} bytes.`);
  if (parts.length > 0xffff)
    throw new RangeError(`zip: expected at most 65,535 files; got ${parts.length.toLocaleString('en-US')}.`);
  const archive = new Uint8Array(size);
  const view = new DataView(archive.buffer);
  let [at, entry] = [0, size - list - 22];
  for (const { path, bytes } of files) {
    view.setUint32(at, 0x04034b50, true);
    putFacts(view, at + 4, path, bytes);
    archive.set(path, at + 30);
    archive.set(bytes, at + 30 + path.length);
    view.setUint32(entry, 0x02014b50, true);
    view.setUint16(entry + 4, 20, true);
    putFacts(view, entry + 6, path, bytes);
    view.setUint32(entry + 42, at, true);
    archive.set(path, entry + 46);
    at += 30 + path.length + bytes.length;
    entry += 46 + path.length;
  }
  view.setUint32(entry, 0x06054b50, true);
  view.setUint16(entry + 8, parts.length, true);
  view.setUint16(entry + 10, parts.length, true);
  view.setUint32(entry + 12, list, true);
  view.setUint32(entry + 16, at, true);
  return archive;
}

/** Writes what stands both before a file and in the list: 26 bytes. */
function putFacts(view: DataView, at: number, path: Uint8Array, bytes: Uint8Array): void {
  view.setUint16(at, 20, true); // the version that is needed to read it
  view.setUint16(at + 2, 0x0800, true); // names in UTF-8
  view.setUint16(at + 8, FIRST_DAY, true);
  view.setUint32(at + 10, crc32(bytes), true);
  view.setUint32(at + 14, bytes.length, true);
  view.setUint32(at + 18, bytes.length, true);
  view.setUint16(at + 22, path.length, true);
}

/** 1 January 1980, the first day that the format can say; so that the same content gives the same archive. */
const FIRST_DAY = 0x21;

/** Gives the checksum of ISO 3309, as ZIP and PNG have it; `zlib.crc32` is not in every Node that Graft runs on. */
function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = TABLE[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1;
  return sum;
});
