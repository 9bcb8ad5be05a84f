/** A file that goes into an archive. */
export interface ZipPart {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Makes a ZIP archive of files as they are, not packed (PKWARE's APPNOTE, 4.3.7, 4.3.12 and 4.3.16): weights hardly
 * shrink, and Keras writes its own files so too.
 * @returns the bytes of the archive
 * @throws RangeError if it would have 4 GiB or more, for which a ZIP needs other records
 */
export function zipOf(parts: readonly ZipPart[]): Buffer {
  const size = parts.reduce((sum, { name, bytes }) => sum + bytes.length + 2 * Buffer.byteLength(name) + 76, 22);
  if (size >= 2 ** 32)
    throw new RangeError(`zip: expected less than 4 GiB; got ${size.toLocaleString('en-US')} bytes.`);
  const pieces: Uint8Array[] = [];
  const list: Buffer[] = [];
  let at = 0;
  for (const { name, bytes } of parts) {
    const path = Buffer.from(name, 'utf8');
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0); // the version that is needed to read it
    facts.writeUInt16LE(0x0800, 2); // names in UTF-8
    facts.writeUInt16LE(FIRST_DAY, 8);
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(bytes.length, 14);
    facts.writeUInt32LE(bytes.length, 18);
    facts.writeUInt16LE(path.length, 22);
    pieces.push(Buffer.from('PK\x03\x04', 'latin1'), facts, path, bytes);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(at, 10);
    list.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, where, path);
    at += 30 + path.length + bytes.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(
    list.reduce((sum, { length }) => sum + length, 0),
    8,
  );
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...pieces, ...list, Buffer.from('PK\x05\x06', 'latin1'), end]);
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
