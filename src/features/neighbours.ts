import * as tf from '@tensorflow/tfjs';
import { checkSameClasses } from '../data/same-classes.ts';
import type { Features } from './features.ts';
import { rowLength } from './finite.ts';
import { cellSignal } from '../host/host.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { readBlock } from './read-block.ts';

/** The rows of a set that are most like each query. */
export interface Neighbours {
  /** k, for each query. */
  readonly count: number;
  /** [Q, k] positions in the base, the most similar first. */
  readonly indices: Int32Array;
  /** [Q, k] cosine, −1..1. */
  readonly similarities: Float32Array;
}

export interface NeighbourOptions {
  /** k, 1..N. @default 10 */
  readonly count?: number;
  /** Ends it after the current block. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/** Rows that are compared at once: bounds the memory to a block of queries, one of the base and their products. */
const BLOCK = 500;

/**
 * Finds the k nearest neighbours by the cosine of their features, exactly: every query is compared with the whole base,
 * in matrix products.
 * @param queries [Q, …]
 * @param base [N, …] of the same shape
 * @throws RangeError when shapes differ, k is out of its range, or a row is all zeros; the signal's reason when aborted
 * @example
 * const { indices } = await nearestNeighbours(test, train, { count: 3 });
 */
export async function nearestNeighbours(
  queries: Features,
  base: Features,
  { count = 10, signal = cellSignal() }: NeighbourOptions = {},
): Promise<Neighbours> {
  const [q, n] = [queries.shape[0], base.shape[0]];
  const [asked, there] = [queries, base].map(({ shape }) => shape.slice(1).join(', '));
  if (asked !== there)
    throw new RangeError(`nearestNeighbours: expected features of one shape, [${there}]; got [${asked}].`);
  checkOptions('nearestNeighbours', { count }, { count: { to: n } });
  await useTensorFlow();
  const indices = new Int32Array(q * count);
  const similarities = new Float32Array(q * count).fill(-Infinity);
  for (let at = 0; at < n; at += BLOCK) {
    const unit = await unitRows(base, at);
    try {
      for (let from = 0; from < q; from += BLOCK) {
        signal?.throwIfAborted();
        const own = await unitRows(queries, from);
        const k = Math.min(count, unit.shape[0]);
        const top = tf.tidy(() => tf.topk(tf.matMul(own, unit, false, true), k));
        const [values, positions] = [await top.values.data<'float32'>(), await top.indices.data<'int32'>()];
        for (let i = 0; i < own.shape[0]; i++) {
          const row = [values, positions].map((all) => all.subarray(i * k, (i + 1) * k));
          merge(similarities, indices, (from + i) * count, count, row[0], row[1], at);
        }
        tf.dispose([own, top.values, top.indices]);
        await tf.nextFrame(); // lets a Stop through
      }
    } finally {
      unit.dispose();
    }
  }
  return { count, indices, similarities };
}

/** Merges a sorted list into the k best that were found before; among equals the first stays first. */
function merge(
  similarities: Float32Array,
  indices: Int32Array,
  start: number,
  count: number,
  values: ArrayLike<number>,
  positions: ArrayLike<number>,
  offset: number,
): void {
  const [oldValues, oldIndices] = [similarities.slice(start, start + count), indices.slice(start, start + count)];
  for (let out = 0, a = 0, b = 0; out < count; out++) {
    const old = b >= values.length || oldValues[a] >= values[b];
    similarities[start + out] = old ? oldValues[a] : values[b];
    indices[start + out] = old ? oldIndices[a++] : offset + positions[b++];
  }
}

/**
 * Reads rows and brings each to length 1.
 * @returns a block of rows from `from` on, [b, D], which belongs to the caller
 * @throws RangeError if a row is all zeros: it has no direction, so that nothing is like it
 */
async function unitRows(features: Features, from: number): Promise<tf.Tensor2D> {
  const { rows, count } = await readBlock(features, from, BLOCK);
  const [unit, largest] = tf.tidy(() => {
    const x = tf.tensor2d(rows, [count, rowLength(features)]);
    const most = x.abs().max(1, true); // divided by it first: squares of small numbers are 0, of large ones infinite
    const scaled = x.div<tf.Tensor2D>(most);
    return [scaled.div<tf.Tensor2D>(scaled.square().sum(1, true).sqrt()), most];
  });
  const zero = (await largest.data()).indexOf(0);
  largest.dispose();
  if (zero < 0) return unit;
  unit.dispose();
  throw new RangeError(
    `nearestNeighbours: expected rows with a direction; row ${from + zero} of ${features.name} is all zeros, which is equally far from all others. Leave it out, or cut the backbone elsewhere.`,
  );
}

/**
 * Classifies by the labels of the k nearest training images, each vote weighted by its cosine: shows what the features
 * tell without any training. An image that points away, with a cosine below 0, has no weight. If none has any weight,
 * the majority decides, and among equals the nearest one. So the class is always that of one of the neighbours.
 * @param test [Q, …]
 * @returns [Q], 0..K-1
 * @throws RangeError as {@link nearestNeighbours} does
 * @example
 * const labels = await classifyByNeighbours(train, test, { count: 5 });
 */
export async function classifyByNeighbours(
  train: Features,
  test: Features,
  { count = 10, signal }: NeighbourOptions = {},
): Promise<Int32Array> {
  checkSameClasses('classifyByNeighbours', train, test);
  const { indices, similarities } = await nearestNeighbours(test, train, { count, signal });
  return Int32Array.from({ length: test.shape[0] }, (_, i) => {
    const own = Array.from(indices.subarray(i * count, (i + 1) * count), (position) => train.labels[position]);
    const weights = similarities.subarray(i * count, (i + 1) * count).map((cosine) => Math.max(0, cosine));
    return voted(own, weights.some(Boolean) ? weights : weights.fill(1));
  });
}

/** Gives the class with the largest sum of weights; among equals the one that is named first. */
function voted(classes: readonly number[], weights: ArrayLike<number>): number {
  const votes = new Map<number, number>();
  classes.forEach((one, i) => votes.set(one, (votes.get(one) ?? 0) + weights[i]));
  return [...votes].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

/** Two images that are nearly the same to the network. */
export interface Pair {
  /** Position in the first set. */
  readonly first: number;
  /** Position in the second set. */
  readonly second: number;
  /** Cosine of their features. */
  readonly similarity: number;
}

/**
 * Finds images of one set that have a near-duplicate in another, the most similar first: test images that were (nearly)
 * trained on say little (B. Barz and J. Denzler, "Do We Train on Test Data?", 2020, who found 3.3 % of CIFAR-10's test
 * images).
 * @param options.above the smallest cosine that counts, −1..1 @default 0.9
 * @example
 * const pairs = await nearDuplicates(train, test, { above: 0.99 });
 */
export async function nearDuplicates(
  first: Features,
  second: Features,
  { above = 0.9, signal }: { readonly above?: number; readonly signal?: AbortSignal } = {},
): Promise<Pair[]> {
  checkOptions('nearDuplicates', { above });
  const { indices, similarities } = await nearestNeighbours(first, second, { count: 1, signal });
  return Array.from(indices, (other, i) => ({ first: i, second: other, similarity: similarities[i] }))
    .filter(({ similarity }) => similarity >= above)
    .sort((a, b) => b.similarity - a.similarity);
}
