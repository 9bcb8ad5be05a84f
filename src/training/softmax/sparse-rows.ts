import type { Features } from '../../features/features.ts';
import { finiteRows } from '../../features/finite.ts';

/** The bytes of a pair: a column's index (u32) and its value (f32). */
const PAIR = 8;
/** How many images are read at once. */
const CHUNK = 64;
/** The most bytes that are held. */
const LARGEST = 1.5 * 2 ** 30;

/** WebAssembly's memory: the bytes of a page, and the most pages. */
export const [PAGE, PAGES] = [65_536, 65_536];

/** Rows without their zeros, in a WebAssembly memory. */
export interface SparseRows {
  /** Gives the offset of an image's pairs, in bytes. */
  at(image: number): number;
  /** Gives the number of its pairs. */
  count(image: number): number;
}

/** A memory with the rows of features, behind `from` bytes of room. */
export interface FilledMemory {
  readonly memory: WebAssembly.Memory;
  readonly from: number;
  readonly rows: SparseRows;
}

/** Memories left by finished trainings for the next on the same features, as in a sweep; weak, so they can be freed. */
const left = new WeakMap<Features, WeakRef<FilledMemory>>();

export const leave = (of: Features, filled: FilledMemory): unknown => left.set(of, new WeakRef(filled));

/** Takes over a memory that was left, once. */
export function takeOver(of: Features, from: number): FilledMemory | undefined {
  const filled = left.get(of)?.deref();
  left.delete(of);
  return filled?.from === from ? filled : undefined;
}

/**
 * Reads all features of a data set and keeps the nonzero ones: 13 % of VGG16's block5_pool on CIFAR-10.
 * @param from the offset at which there is room in the memory, in bytes; it grows as needed
 * @param compress writes a row's pairs at an offset, and one more that does not count; returns their number
 * @returns undefined if that is more than is held
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

/** Grows a memory to at least `bytes`, and by at least a quarter: each growth costs more the larger it is. */
function makeRoom(memory: WebAssembly.Memory, bytes: number): void {
  const { byteLength } = memory.buffer;
  if (bytes <= byteLength) return;
  const enough = Math.min(PAGE * PAGES, Math.max(bytes, 1.25 * byteLength));
  memory.grow(Math.ceil((enough - byteLength) / PAGE));
}
