import * as tf from '@tensorflow/tfjs';
import type { Features } from '../../features/features.ts';
import { rowLength } from '../../features/finite.ts';

/** What is taken off features and what they are divided by: (features − mean) / deviation / scale. */
export interface Centre {
  /** [D] */
  readonly mean: Float64Array;
  /** [D], 1 if not standardised; Infinity for one that never changes, so that it becomes 0 and has no weight. */
  readonly deviation: Float64Array;
  /** Root mean square length of the rows, after standardising if they are standardised. */
  readonly scale: number;
  /** [D], the variance of what it becomes. */
  readonly spread: Float64Array;
}

/**
 * A feature that varies by less than this share of what features are like never changes: a network leaves 1e-42 where
 * it means 0, and a weight for that would be beyond float32.
 */
const RESOLVED = 1e-7;

/**
 * Finds the mean of each feature, which is taken off. The bias makes up for it: the optimum stays, and the way there is shorter. Sums are
 * float64, so that a feature that never changes has a deviation of 0 and not a rounding error of float32 (scikit-learn
 * #19788).
 * @param standardize also divides each feature by its standard deviation
 */
export function centreOf(rows: Float32Array, of: Features, standardize: boolean): Centre {
  const [n, d] = [of.labels.length, rowLength(of)];
  const [mean, variance, deviation] = [new Float64Array(d), new Float64Array(d), new Float64Array(d).fill(1)];
  for (let at = 0; at < rows.length; at += d) for (let j = 0; j < d; j++) mean[j] += rows[at + j];
  for (let j = 0; j < d; j++) mean[j] /= n;
  for (let at = 0; at < rows.length; at += d)
    for (let j = 0; j < d; j++) variance[j] += (rows[at + j] - mean[j]) ** 2 / n;
  const squares = mean.reduce((sum, m, j) => sum + variance[j] + m ** 2, 0); // of the length of a row
  const least = RESOLVED ** 2 * (squares / d);
  const changing = variance.filter((v) => v > least).length;
  if (standardize) for (let j = 0; j < d; j++) deviation[j] = variance[j] > least ? Math.sqrt(variance[j]) : Infinity;
  const scale = Math.sqrt(standardize ? changing : squares) || 1;
  const spread = variance.map((v, j) => v / (deviation[j] * scale) ** 2);
  return { mean, deviation, scale, spread };
}

/** @returns [N, D] features as a regression goes over them; belongs to the caller */
export function centred(rows: Float32Array, { mean, deviation, scale }: Centre): tf.Tensor2D {
  const d = mean.length;
  const x = new Float32Array(rows.length);
  for (let at = 0; at < rows.length; at += d)
    for (let j = 0; j < d; j++) x[at + j] = (rows[at + j] - mean[j]) / deviation[j] / scale;
  return tf.tensor2d(x, [rows.length / d, d]);
}

/**
 * Turns weights for centred features into weights for the features divided by `scale`:
 * w · (f − μ) / σ = (w / σ) · f − w · μ / σ.
 * @param weights [D + 1, K] row-major, the last row is the bias
 */
export function uncentred(weights: Float64Array, { mean, deviation, scale }: Centre, classes: number): Float64Array {
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

/** Turns weights for features divided by a scale into weights for centred features. */
export function recentred(
  of: { readonly weights: Float64Array; readonly scale: number },
  { mean, deviation, scale }: Centre,
): Float64Array {
  const d = mean.length;
  const classes = of.weights.length / (d + 1);
  const out = of.weights.slice();
  for (let j = 0; j < d; j++) {
    for (let k = 0; k < classes; k++) {
      const weight = of.weights[j * classes + k] / of.scale; // of the feature as it is
      out[j * classes + k] = deviation[j] === Infinity ? 0 : weight * deviation[j] * scale;
      out[d * classes + k] += weight * mean[j];
    }
  }
  return out;
}
