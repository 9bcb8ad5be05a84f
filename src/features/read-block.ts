import type { Features } from './features.ts';
import { finiteRows } from './finite.ts';

/**
 * Reads rows that follow one another.
 * @param from the first row, 0..N-1
 * @param most how many rows to read; it reads fewer if the features end before
 * @returns [count, D] float32
 * @throws RangeError naming the image, if a number is not finite
 */
export async function readBlock(
  features: Features,
  from: number,
  most = features.shape[0],
): Promise<{ readonly rows: Float32Array; readonly count: number }> {
  const count = Math.min(most, features.shape[0] - from);
  return {
    rows: await finiteRows(
      features,
      Array.from({ length: count }, (_, i) => from + i),
    ),
    count,
  };
}
