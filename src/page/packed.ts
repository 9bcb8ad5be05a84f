import { constants, crc32, deflateRawSync } from 'node:zlib';

/** Bytes that are packed by one strategy: few enough that weights and the texts of a graph seldom share a part. */
const PART = 128 * 1024;
/**
 * Weights in steps are noise, in which gzip finds repetitions by chance that take more bytes than they save: Huffman's
 * codes alone are smaller there.
 */
const STRATEGIES = [constants.Z_DEFAULT_STRATEGY, constants.Z_HUFFMAN_ONLY, constants.Z_RLE];

/** Packs a graph as one gzip file (RFC 1952), each part of it by the strategy that makes it smallest. */
export function packedModel(model: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [HEADER];
  for (let from = 0; from < model.length; from += PART) {
    const end = Math.min(from + PART, model.length);
    // a full flush ends at a whole byte and refers to nothing before it, so parts may stand one behind the other
    const finishFlush = end < model.length ? constants.Z_FULL_FLUSH : constants.Z_FINISH;
    const ways = STRATEGIES.map((strategy) =>
      deflateRawSync(model.subarray(from, end), { level: 9, strategy, finishFlush }),
    );
    parts.push(ways.reduce((a, b) => (b.length < a.length ? b : a)));
  }
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc32(model), true);
  trailer.setUint32(4, model.length, true);
  return Buffer.concat([...parts, new Uint8Array(trailer.buffer)]);
}

/** Deflate; no name, no time, no system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255);
