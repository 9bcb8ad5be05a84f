/** Takes files out of a zip archive, as wheels are, without a package. */
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/** Signatures and sizes of the format's records (PKWARE's APPNOTE, 4.3). */
const END = { signature: 0x06054b50, size: 22 };
const ENTRY = { signature: 0x02014b50, size: 46 };
const LOCAL_SIZE = 30;
/** A comment behind the end is at most so long. */
const MOST_COMMENT = 65_535;
const [STORED, DEFLATED] = [0, 8];

/**
 * Reads members of an archive that is trusted: its hash was compared before.
 * @param {string} file
 * @param {readonly string[]} names the members' paths in it
 * @returns {Map<string, Buffer>}
 * @throws Error naming what is not in it
 */
export function unzip(file, names) {
  const bytes = readFileSync(file);
  const found = new Map();
  for (const { name, method, packed, size, local } of entriesOf(bytes, file)) {
    if (!names.includes(name)) continue;
    const from = local + LOCAL_SIZE + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const content = bytes.subarray(from, from + packed);
    if (method !== STORED && method !== DEFLATED)
      throw new Error(`${file}: expected ${name} to be stored or deflated; its method is ${method}.`);
    found.set(name, method === STORED ? content : inflateRawSync(content, { maxOutputLength: size }));
  }
  const missing = names.filter((name) => !found.has(name));
  if (missing.length) throw new Error(`${file}: expected ${missing.join(', ')} in it; they are not there.`);
  return found;
}

/** Lists the entries of the archive's directory. */
function* entriesOf(bytes, file) {
  let end = bytes.length - END.size;
  for (const least = Math.max(0, end - MOST_COMMENT); end >= least; end--)
    if (bytes.readUInt32LE(end) === END.signature) break;
  if (end < 0 || bytes.readUInt32LE(end) !== END.signature)
    throw new Error(`${file}: expected a zip archive; it has no directory.`);
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    if (bytes.readUInt32LE(at) !== ENTRY.signature) throw new Error(`${file}: its directory is damaged.`);
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    yield {
      name: bytes.toString('utf8', at + ENTRY.size, at + ENTRY.size + nameLength),
      method: bytes.readUInt16LE(at + 10),
      packed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      local: bytes.readUInt32LE(at + 42),
    };
    at += ENTRY.size + nameLength + extra + comment;
  }
}
