import * as tf from '@tensorflow/tfjs';
import { useTensorFlow } from '../../host/tensorflow.ts';
import type { Centre } from './centred.ts';
import { turns } from './turns.ts';

/** Centred features in at most as many dimensions as there are images, with the same inner products. */
export interface FewerDimensions {
  /** [N, R] */
  readonly rows: Float32Array;
  readonly centre: Centre;
  /** Turns weights [R + 1, K] for these rows into weights [D + 1, K] for centred features: same scores, same length. */
  back(weights: Float64Array): Float64Array;
  /** Turns weights [D + 1, K] into weights [R + 1, K] with the same scores. */
  forth(weights: Float64Array): Float64Array;
}

/** Fewer dimensions than this share of what there are make up for the way there; more images take too long for it. */
const [WORTH, MOST_IMAGES] = [0.5, 4000];
/**
 * A row whose part that is new, squared, is below the first is a sum of others, as a copy is. Between both, inner products
 * in float32 do not tell: the part is computed from the features, for so many rows at most.
 */
const [COPY, NEW, MOST_UNSURE] = [1e-7, 1e-4, 64];
/** So many features at once become a tensor. */
const BLOCK = 1024;

/**
 * Describes N images of more than N features by N numbers or fewer: the best weights of a linear classifier with weight
 * decay are sums of its images (B. Schölkopf, R. Herbrich, A. J. Smola, "A generalized representer theorem", 2001), so
 * that a search among N² numbers ends where one among N · D does, and each step takes a fraction of the time.
 * @param rows [N, D] features
 * @returns undefined if it is not worth the time, or if images are too alike to tell apart in float32
 * @throws the signal's reason when aborted
 */
export async function inFewerDimensions(
  rows: Float32Array,
  centre: Centre,
  signal?: AbortSignal,
): Promise<FewerDimensions | undefined> {
  const d = centre.mean.length;
  const n = rows.length / d;
  if (n > MOST_IMAGES || n > WORTH * d) return undefined;
  const found = await triangle(await innerProducts(rows, centre, signal), n, signal);
  const { lower, basis, unsure } = found;
  if (!basis.length || unsure.length > MOST_UNSURE) return undefined;
  if (unsure.some((image) => newPart(image, { rows, centre, lower, basis }) > COPY)) return undefined;
  const r = basis.length;
  const own = new Float32Array(n * r);
  const spread = new Float64Array(r);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < r; j++) {
      own[i * r + j] = lower[i * n + j];
      spread[j] += lower[i * n + j] ** 2 / n;
    }
  }
  const { mean, deviation, scale } = centre;
  const unit = deviation.map((one) => 1 / one / scale);
  return {
    rows: own,
    centre: { mean: new Float64Array(r), deviation: new Float64Array(r).fill(1), scale: 1, spread },
    back(weights) {
      const classes = weights.length / (r + 1);
      const shares = weights.slice(0, r * classes); // of each image in the basis: Lᵀ · shares = weights
      for (let i = r - 1; i >= 0; i--) {
        for (let k = 0; k < classes; k++) shares[i * classes + k] /= lower[basis[i] * n + i];
        for (let j = 0; j < i; j++)
          for (let k = 0; k < classes; k++)
            shares[j * classes + k] -= lower[basis[i] * n + j] * shares[i * classes + k];
      }
      const out = new Float64Array((d + 1) * classes);
      const sums = new Float64Array(classes);
      basis.forEach((image, i) => {
        for (let k = 0; k < classes; k++) sums[k] += shares[i * classes + k];
        for (let j = 0; j < d; j++) {
          const value = rows[image * d + j];
          if (value) for (let k = 0; k < classes; k++) out[j * classes + k] += value * shares[i * classes + k];
        }
      });
      for (let j = 0, i = 0; j < d; j++)
        for (let k = 0; k < classes; k++, i++) out[i] = unit[j] * (out[i] - mean[j] * sums[k]);
      out.set(weights.subarray(r * classes), d * classes);
      return out;
    },
    forth(weights) {
      const classes = weights.length / (d + 1);
      const out = new Float64Array((r + 1) * classes);
      const offset = new Float64Array(classes);
      const scaled = weights.slice(0, d * classes);
      for (let j = 0, i = 0; j < d; j++)
        for (let k = 0; k < classes; k++, i++) offset[k] += mean[j] * (scaled[i] *= unit[j]);
      basis.forEach((image, i) => {
        for (let k = 0; k < classes; k++) out[i * classes + k] = -offset[k];
        for (let j = 0; j < d; j++) {
          const value = rows[image * d + j];
          if (value) for (let k = 0; k < classes; k++) out[i * classes + k] += value * scaled[j * classes + k];
        }
        for (let j = 0; j < i; j++)
          for (let k = 0; k < classes; k++) out[i * classes + k] -= lower[image * n + j] * out[j * classes + k];
        for (let k = 0; k < classes; k++) out[i * classes + k] /= lower[image * n + i];
      });
      out.set(weights.subarray(d * classes), r * classes);
      return out;
    },
  };
}

/** @returns [N, N], of the centred rows; summed in float64 over blocks of features */
async function innerProducts(rows: Float32Array, centre: Centre, signal?: AbortSignal): Promise<Float64Array> {
  await useTensorFlow();
  const { mean, deviation, scale } = centre;
  const d = mean.length;
  const n = rows.length / d;
  const out = new Float64Array(n * n);
  for (let from = 0; from < d; from += BLOCK) {
    signal?.throwIfAborted();
    const width = Math.min(BLOCK, d - from);
    const some = new Float32Array(n * width);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < width; j++)
        some[i * width + j] = (rows[i * d + from + j] - mean[from + j]) / deviation[from + j] / scale;
    const products = tf.tidy(() => {
      const x = tf.tensor2d(some, [n, width]);
      return tf.matMul(x, x, false, true);
    });
    const values = await products.data();
    products.dispose();
    for (let i = 0; i < out.length; i++) out[i] += values[i];
  }
  return out;
}

interface Triangle {
  /** [N, N] */
  readonly lower: Float64Array;
  readonly basis: readonly number[];
}

/**
 * Gives the lower triangle of inner products, row by row the coordinates of an image: Cholesky's decomposition with the
 * row first that has the largest part that is new (N. J. Higham, "Accuracy and Stability of Numerical Algorithms",
 * 2002, 10.3).
 * @param products [N, N]
 * @returns the triangle, with rows as long as N; for each coordinate the image that it began with; and the images of which
 * it is not sure that nothing is new
 */
async function triangle(
  products: Float64Array,
  n: number,
  signal?: AbortSignal,
): Promise<Triangle & { readonly unsure: readonly number[] }> {
  const lower = new Float64Array(n * n);
  const left = Float64Array.from({ length: n }, (_, i) => products[i * (n + 1)]); // what is new of each row, squared
  const waiting = new Set(left.keys());
  const basis: number[] = [];
  const others = turns(signal);
  while (waiting.size) {
    let next = -1;
    for (const i of waiting) if (next < 0 || left[i] > left[next]) next = i;
    if (left[next] < NEW) return { lower, basis, unsure: [...waiting].filter((i) => left[i] > COPY) };
    const k = basis.length;
    const length = Math.sqrt(left[next]);
    basis.push(next);
    waiting.delete(next);
    lower[next * n + k] = length;
    for (const i of waiting) {
      const share = (products[i * n + next] - dot(lower, i * n, next * n, k)) / length;
      lower[i * n + k] = share;
      left[i] -= share * share;
    }
    await others();
  }
  return { lower, basis, unsure: [] };
}

/**
 * Gives the squared length of what is new of an image, by its features: as a difference of inner products it would be
 * mostly rounding (6e-7 for a copy, with AVX-512).
 */
function newPart(
  image: number,
  { rows, centre, lower, basis }: Triangle & { readonly rows: Float32Array; readonly centre: Centre },
): number {
  const { mean, deviation, scale } = centre;
  const d = mean.length;
  const n = rows.length / d;
  // the image as a sum of those of the basis: their triangle, from its last row up
  const shares = new Float64Array(basis.length);
  for (let k = basis.length - 1; k >= 0; k--) {
    shares[k] = lower[image * n + k];
    for (let m = k + 1; m < basis.length; m++) shares[k] -= shares[m] * lower[basis[m] * n + k];
    shares[k] /= lower[basis[k] * n + k];
  }
  const left = new Float64Array(d);
  const add = (row: number, share: number): void => {
    for (let j = 0; j < d; j++) left[j] += share * (rows[row * d + j] - mean[j]);
  };
  add(image, 1);
  basis.forEach((row, k) => add(row, -shares[k]));
  return left.reduce((sum, one, j) => sum + (one / deviation[j] / scale) ** 2, 0);
}

/** Sums in four parts, which do not wait for each other. */
function dot(of: Float64Array, a: number, b: number, count: number): number {
  let [s0, s1, s2, s3, j] = [0, 0, 0, 0, 0];
  for (; j + 3 < count; j += 4) {
    s0 += of[a + j] * of[b + j];
    s1 += of[a + j + 1] * of[b + j + 1];
    s2 += of[a + j + 2] * of[b + j + 2];
    s3 += of[a + j + 3] * of[b + j + 3];
  }
  for (; j < count; j++) s0 += of[a + j] * of[b + j];
  return s0 + s1 + s2 + s3;
}
