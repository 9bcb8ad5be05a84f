import * as tf from '@tensorflow/tfjs';
import type { LabelledFeatures } from '../training/data.ts';

type Rows = LabelledFeatures['features'];

/** The rows of a set that are most like each query. */
export interface Neighbours {
  /** k, of each query. */
  readonly count: number;
  /** [Q, k] places in the base, the most similar first. */
  readonly indices: Int32Array;
  /** [Q, k] cosine, −1..1. */
  readonly similarities: Float32Array;
}

/** Rows that are compared at once: bounds the memory to a block of queries, a block of the base and their products. */
const BLOCK = 500;

/**
 * The k nearest neighbours by the cosine of their features, exactly: every query is compared with the whole base, in matrix
 * products.
 * @param queries [Q, …]
 * @param base [N, …] of the same shape
 * @param options.count k, 1..N @default 10
 * @throws RangeError when shapes differ or k is out of its range
 */
export function nearestNeighbours(queries: Rows, base: Rows, { count = 10 }: { readonly count?: number } = {}): Neighbours {
  const [q, n] = [queries.shape[0], base.shape[0]];
  if (queries.shape.slice(1).join() !== base.shape.slice(1).join())
    throw new RangeError(`nearestNeighbours: expected features of one shape, [${base.shape.slice(1).join(', ')}]; got [${queries.shape.slice(1).join(', ')}].`);
  if (!Number.isInteger(count) || count < 1 || count > n) throw new RangeError(`count: expected a whole number from 1 to ${n}; got ${count}.`);
  const indices = new Int32Array(q * count);
  const similarities = new Float32Array(q * count).fill(-Infinity);
  for (let at = 0; at < n; at += BLOCK) {
    const unit = unitRows(base, at, Math.min(n, at + BLOCK));
    for (let from = 0; from < q; from += BLOCK) {
      const [values, places] = tf.tidy(() => {
        const cosines = tf.matMul(unitRows(queries, from, Math.min(q, from + BLOCK)), unit, false, true);
        const top = tf.topk(cosines, Math.min(count, unit.shape[0]));
        return [top.values.arraySync() as number[][], top.indices.arraySync() as number[][]];
      });
      values.forEach((row, i) => merge(similarities, indices, (from + i) * count, count, row, places[i], at));
    }
    unit.dispose();
  }
  return { count, indices, similarities };
}

/** Merges a sorted list into the k best that were found before; of equals the first stays first. */
function merge(similarities: Float32Array, indices: Int32Array, start: number, count: number, values: number[], places: number[], offset: number): void {
  const [oldValues, oldIndices] = [similarities.slice(start, start + count), indices.slice(start, start + count)];
  for (let out = 0, a = 0, b = 0; out < count; out++) {
    const old = b >= values.length || oldValues[a] >= values[b];
    similarities[start + out] = old ? oldValues[a] : values[b];
    indices[start + out] = old ? oldIndices[a++] : offset + places[b++];
  }
}

/** @returns [to − from, D], each row of length 1 */
function unitRows(rows: Rows, from: number, to: number): tf.Tensor2D {
  return tf.tidy(() => {
    const x = tf.tensor2d(rows.rows(Array.from({ length: to - from }, (_, i) => from + i)), [to - from, rows.shape.slice(1).reduce((a, b) => a * b, 1)]);
    return x.div(x.square().sum(1, true).sqrt().maximum(1e-12));
  });
}

/**
 * Classifies by the labels of the k nearest training images, each vote weighted by its cosine: what the features tell without
 * any training.
 * @param train labelled features
 * @param test [Q, …]
 * @param options.classes K
 * @param options.count k @default 10
 * @returns [Q], 0..K-1
 */
export function classifyByNeighbours(
  train: LabelledFeatures,
  test: Rows,
  { classes, count = 10 }: { readonly classes: number; readonly count?: number },
): Int32Array {
  const { indices, similarities } = nearestNeighbours(test, train.features, { count });
  return Int32Array.from({ length: test.shape[0] }, (_, i) => {
    const votes = new Float64Array(classes);
    for (let j = i * count; j < (i + 1) * count; j++) votes[train.labels[indices[j]]] += similarities[j];
    return votes.indexOf(Math.max(...votes));
  });
}

/** Two images that are nearly the same to the network. */
export interface Pair {
  /** Place in the first set. */
  readonly first: number;
  /** Place in the second set. */
  readonly second: number;
  /** Cosine of their features. */
  readonly similarity: number;
}

/**
 * Images of one set that have a near-duplicate in another, most similar first: test images that were (nearly) trained on say
 * little (B. Barz and J. Denzler, "Do We Train on Test Data?", 2020, who found 3.3 % of CIFAR-10's test images).
 * @param options.above the smallest cosine that counts @default 0.9
 */
export function nearDuplicates(first: Rows, second: Rows, { above = 0.9 }: { readonly above?: number } = {}): Pair[] {
  if (!(above >= -1 && above <= 1)) throw new RangeError(`above: expected a cosine from -1 to 1; got ${above}.`);
  const { indices, similarities } = nearestNeighbours(first, second, { count: 1 });
  return Array.from(indices, (other, i) => ({ first: i, second: other, similarity: similarities[i] }))
    .filter(({ similarity }) => similarity >= above)
    .sort((a, b) => b.similarity - a.similarity);
}
