import * as tf from '@tensorflow/tfjs';
import type { Features } from '../../features/features.ts';
import { rowLength } from '../../features/finite.ts';
import { readBlock } from '../../features/read-block.ts';

/** Training features as a regression goes over them. */
export interface Centred {
  /** [N, D] (features − mean) / deviation / scale; belongs to the caller. */
  readonly x: tf.Tensor2D;
  /** [D] */
  readonly mean: Float64Array;
  /** [D], 1 if not standardised; Infinity for a feature that never changes, so that it becomes 0 and has no weight. */
  readonly deviation: Float64Array;
  /** Root mean square length of the rows, after standardising if they are standardised. */
  readonly scale: number;
}

/**
 * Takes the mean off each feature. The bias makes up for it: the optimum stays, and the way there is shorter. Sums are
 * float64, so that a feature that never changes has a deviation of 0 and not a rounding error of float32 (scikit-learn
 * #19788).
 * @param standardize also divides each feature by its standard deviation
 */
export async function centred(of: Features, standardize: boolean): Promise<Centred> {
  const [n, d] = [of.labels.length, rowLength(of)];
  const { rows } = await readBlock(of, 0);
  const [mean, variance, deviation] = [new Float64Array(d), new Float64Array(d), new Float64Array(d).fill(1)];
  for (let at = 0; at < rows.length; at += d) for (let j = 0; j < d; j++) mean[j] += rows[at + j];
  for (let j = 0; j < d; j++) mean[j] /= n;
  for (let at = 0; at < rows.length; at += d)
    for (let j = 0; j < d; j++) variance[j] += (rows[at + j] - mean[j]) ** 2 / n;
  let squares = 0; // of the length of a row
  for (let j = 0; j < d; j++) {
    if (standardize) deviation[j] = Math.sqrt(variance[j]) || Infinity;
    squares += standardize ? Number(variance[j] > 0) : variance[j] + mean[j] ** 2;
  }
  const scale = Math.sqrt(squares) || 1;
  const x = new Float32Array(rows.length);
  for (let at = 0; at < rows.length; at += d)
    for (let j = 0; j < d; j++) x[at + j] = (rows[at + j] - mean[j]) / deviation[j] / scale;
  return { x: tf.tensor2d(x, [n, d]), mean, deviation, scale };
}

/**
 * Turns weights for centred features into weights for the features divided by `scale`:
 * w · (f − μ) / σ = (w / σ) · f − w · μ / σ.
 * @param weights [D + 1, K] row-major, the last row is the bias
 */
export function uncentred(weights: Float64Array, { mean, deviation, scale }: Centred, classes: number): Float64Array {
  const d = mean.length;
  const out = weights.slice();
  for (let j = 0; j < d; j++) {
    for (let k = 0; k < classes; k++) {
      out[j * classes + k] /= deviation[j];
      out[d * classes + k] -= (out[j * classes + k] * mean[j]) / scale;
    }
  }
  return out;
}
