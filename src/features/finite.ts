import type { Dataset } from '../data/dataset.ts';
import type { Features } from './features.ts';

/**
 * Checks that rows of features hold finite numbers: one that is not finite makes a whole head NaN, and its accuracy a
 * matter of chance.
 * @param rows [b, D] float32, row-major
 * @param length D
 * @param nameOf says whose the i-th row is: `row 3, a/b.jpg`
 * @throws RangeError naming the row and the number
 */
export function checkFinite(rows: ArrayLike<number>, length: number, nameOf: (i: number) => string): void {
  const at = firstNotFinite(rows);
  if (at < 0) return;
  const i = Math.floor(at / length);
  throw new RangeError(
    `features: expected finite numbers; ${nameOf(i)} has ${rows[at]} at position ${at - i * length} of ${length}.`,
  );
}

/** Features that give only rows that were checked. */
const checked = new WeakSet<object>();

/** Notes that features give only rows that were checked, which are judged after every epoch. */
export function noteChecked<T extends Readable>(of: T): T {
  checked.add(of);
  return of;
}

/** The parts of features that are needed to read them. */
type Readable = Pick<Features, 'shape' | 'rows'> & Partial<Pick<Features, 'name'>>;

/**
 * Reads rows of features, whoever made them: everything that trains on features, judges by them or compares them reads
 * them here.
 * @returns [b, …] float32
 * @throws RangeError naming the image and the number, if one is not finite
 */
export async function finiteRows(
  of: Readable,
  indices: ArrayLike<number>,
  views?: ArrayLike<number>,
): Promise<Float32Array> {
  const rows = await of.rows(indices, views);
  if (!checked.has(of))
    checkFinite(rows, rowLength(of), (i) => `image ${indices[i]}${of.name ? ` of ${of.name}` : ''}`);
  return rows;
}

/**
 * Gives the same features, with each row checked for finite numbers when it is read: a part of them names images by
 * their positions here.
 */
export const finiteOnly = (of: Features): Features => ({
  ...of,
  rows: (indices, views) => finiteRows(of, indices, views),
});

/** Counts the numbers in one row: 25,088 for features [N, 7, 7, 512]. */
export const rowLength = ({ shape }: Pick<Features, 'shape'>): number => shape.slice(1).reduce((a, b) => a * b, 1);

/** Names a picture by its file, if it has one, and its position. */
export const pictureText = ({ name, fileAt }: Pick<Dataset, 'name' | 'fileAt'>, i: number): string =>
  fileAt ? `${fileAt(i)} (image ${i} of ${name})` : `image ${i} of ${name}`;

/** @returns the first position of a number that is NaN or infinite, or -1 */
export function firstNotFinite(values: ArrayLike<number>): number {
  // x · 0 is 0 or NaN: a sum without a branch, since this runs over all features
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * 0;
  if (sum === 0) return -1;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}
