import type { Features } from '../../features/features.ts';
import { finiteRows } from '../../features/finite.ts';

/** Bytes of a pair: a column's index (u32) and its value (f32). */
const PAIR = 8;
/** Images read at once. */
const CHUNK = 64;
/** More than so many bytes are not held. */
const LARGEST = 1.5 * 2 ** 30;

/** Of WebAssembly's memory: bytes of a page, and how many pages there may be. */
export const [PAGE, PAGES] = [65_536, 65_536];

/** Rows without their zeros, in a memory of WebAssembly. */
export interface SparseRows {
  /** Where an image's pairs begin, in bytes. */
  at(image: number): number;
  /** How many pairs it has. */
  count(image: number): number;
}

/** A memory with the rows of features behind room of so many bytes. */
export interface FilledMemory {
  readonly memory: WebAssembly.Memory;
  readonly from: number;
  readonly rows: SparseRows;
}

/** Left by trainings that have ended, for the next on the same features: a sweep's. Weakly: whoever needs memory gets it. */
const left = new WeakMap<Features, WeakRef<FilledMemory>>();

export const leave = (of: Features, filled: FilledMemory): unknown => left.set(of, new WeakRef(filled));

/** Takes what was left, once. */
export function takeOver(of: Features, from: number): FilledMemory | undefined {
  const filled = left.get(of)?.deref();
  left.delete(of);
  return filled?.from === from ? filled : undefined;
}

/**
 * Reads all features of a data set and keeps what is not zero: 13 % of VGG16's block5_pool on CIFAR-10.
 * @param from where there is room in the memory, in bytes; it grows as needed
 * @param compress writes a row's pairs there, and one more that does not count; gives how many they are
 * @returns undefined where that is more than is held
 */
export async function sparseRows(
  of: Features,
  memory: WebAssembly.Memory,
  from: number,
  compress: (row: Float32Array, at: number) => number,
): Promise<SparseRows | undefined> {
  const n = of.shape[0];
  const length = of.shape.slice(1).reduce((a, b) => a * b, 1);
  const ends = new Float64Array(n + 1).fill(from); // bytes; beyond 2³² where features are refused below
  let end = from;
  for (let first = 0; first < n; first += CHUNK) {
    const images = Array.from({ length: Math.min(CHUNK, n - first) }, (_, i) => first + i);
    const rows = await finiteRows(of, images);
    if (end - from > LARGEST) return undefined;
    makeRoom(memory, end + PAIR * (rows.length + 1));
    for (const [i, image] of images.entries()) {
      end += PAIR * compress(rows.subarray(i * length, (i + 1) * length), end);
      ends[image + 1] = end;
    }
  }
  return { at: (image) => ends[image], count: (image) => (ends[image + 1] - ends[image]) / PAIR };
}

/** Grows a memory to at least so many bytes, by a quarter at least: each time costs more the larger it is. */
function makeRoom(memory: WebAssembly.Memory, bytes: number): void {
  const { byteLength } = memory.buffer;
  if (bytes <= byteLength) return;
  const enough = Math.min(PAGE * PAGES, Math.max(bytes, 1.25 * byteLength));
  memory.grow(Math.ceil((enough - byteLength) / PAGE));
}
