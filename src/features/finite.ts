import type { Dataset } from '../data/dataset.ts';
import type { Features } from './features.ts';

/**
 * Holds rows of features to finite numbers: one that is not makes a whole head NaN, and its accuracy a number by chance.
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
    `features: expected finite numbers; ${nameOf(i)} has ${rows[at]} at place ${at - i * length} of ${length}.`,
  );
}

/** Rows that are read at once. */
const BLOCK = 500;

/** The same of all rows of features, whoever made them. */
export async function checkFeatures(of: Features): Promise<void> {
  const [n, ...shape] = of.shape;
  const length = shape.reduce((a, b) => a * b, 1);
  for (let from = 0; from < n; from += BLOCK) {
    const places = Array.from({ length: Math.min(BLOCK, n - from) }, (_, i) => from + i);
    checkFinite(await of.rows(places), length, (i) => `image ${from + i} of ${of.name}`);
  }
}

/** A picture by its file, where it has one, and its place. */
export const pictureText = ({ name, fileAt }: Pick<Dataset, 'name' | 'fileAt'>, i: number): string =>
  fileAt ? `${fileAt(i)} (image ${i} of ${name})` : `image ${i} of ${name}`;

/** @returns the first place of a number that is NaN or infinite, or -1 */
export function firstNotFinite(values: ArrayLike<number>): number {
  // x · 0 is 0 or NaN: a sum without a branch, since this runs over all features
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * 0;
  if (sum === 0) return -1;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}
