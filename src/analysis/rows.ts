import type { Features } from '../features/features.ts';

/** Numbers in one row: 25,088 of features [N, 7, 7, 512]. */
export const rowLength = ({ shape }: Features): number => shape.slice(1).reduce((a, b) => a * b, 1);

/**
 * Reads rows that follow one another.
 * @param from the first row, 0..N-1
 * @param most rows; fewer where the features end before
 * @returns [count, D] float32
 */
export async function readBlock(
  features: Features,
  from: number,
  most = features.shape[0],
): Promise<{ readonly rows: Float32Array; readonly count: number }> {
  const count = Math.min(most, features.shape[0] - from);
  return { rows: await features.rows(Array.from({ length: count }, (_, i) => from + i)), count };
}
