import { hash } from 'node:crypto';

/** The bytes of a key: half of a SHA-256, enough that no two of 10¹² pictures share one by chance. */
export const KEY_BYTES = 16;

/** Names a picture, or a change to one, by its content: the first 16 bytes of the SHA-256 of the parts. */
export function keyOf(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  const bytes = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  const all = bytes.length === 1 ? bytes[0] : Buffer.concat(bytes);
  return (hash('sha256', all, 'buffer') as unknown as Buffer).subarray(0, KEY_BYTES);
}

/** Gives the i-th of keys that lie side by side, [N, 16] uint8. */
export const keyAt = (keys: Uint8Array, i: number): Uint8Array => keys.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES);

/** Gives some of the keys that lie side by side, in the order of their positions: [b, 16] uint8. */
export const keysAmong = (keys: Uint8Array, positions: ArrayLike<number>): Uint8Array =>
  Buffer.concat(Array.from(positions, (i) => keyAt(keys, i)));

/** Finds the positions of keys, in the order in which they were added. */
export interface KeyIndex {
  /** Adds keys [n, 16]; if some are equal the first counts. */
  add(keys: Uint8Array): void;
  /** @returns for each of the keys [n, 16] its position, from 0, or -1 */
  find(keys: Uint8Array): Int32Array;
}

/** Keys that were added together. */
interface Block {
  /** The position of the first one. */
  readonly start: number;
  /** [4 n], four a key. */
  readonly words: Uint32Array;
}

/**
 * Makes an index for up to `capacity` keys: a hash table with open addressing, which takes 4 bytes an entry beside the
 * keys themselves, to which it refers. A Map would take 100 bytes for each.
 */
export function createKeyIndex(capacity: number): KeyIndex {
  const size = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * capacity)));
  const table = new Int32Array(size).fill(-1);
  const blocks: Block[] = [];
  let count = 0;
  let last: Block = { start: 0, words: new Uint32Array(0) };
  const blockOf = (position: number): Block => {
    if (position >= last.start && position < last.start + last.words.length / 4) return last;
    let [low, high] = [0, blocks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (blocks[middle].start <= position) low = middle;
      else high = middle - 1;
    }
    return (last = blocks[low]);
  };
  /** Gives the slot that holds a key, or the free one where it belongs. */
  const slotOf = (words: Uint32Array, at: number): number => {
    let slot = words[at] & (size - 1); // a hash is its own hash
    for (; table[slot] >= 0; slot = (slot + 1) & (size - 1)) {
      const { start, words: others } = blockOf(table[slot]);
      const o = 4 * (table[slot] - start);
      if (
        others[o] === words[at] &&
        others[o + 1] === words[at + 1] &&
        others[o + 2] === words[at + 2] &&
        others[o + 3] === words[at + 3]
      )
        break;
    }
    return slot;
  };
  return {
    add(keys) {
      const words = wordsOf(keys);
      const total = count + words.length / 4;
      if (2 * total > size) throw new RangeError(`keys: expected up to ${capacity}; got ${total}.`); // a full table has no end
      blocks.push({ start: count, words });
      for (let at = 0; at < words.length; at += 4, count++) {
        const slot = slotOf(words, at);
        if (table[slot] < 0) table[slot] = count;
      }
    },
    find(keys) {
      const words = wordsOf(keys);
      const positions = new Int32Array(words.length / 4);
      for (let i = 0; i < positions.length; i++) positions[i] = table[slotOf(words, 4 * i)];
      return positions;
    },
  };
}

/** Gives keys as 32-bit words; copied if they are not aligned. */
function wordsOf(keys: Uint8Array): Uint32Array {
  const aligned = keys.byteOffset % 4 ? keys.slice() : keys;
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}
