import * as tf from '@tensorflow/tfjs';
import { checkSameClasses } from '../../data/same-classes.ts';
import type { Features } from '../../features/features.ts';
import { rowLength } from '../../features/finite.ts';
import { cellSignal } from '../../host/host.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import { useTensorFlow } from '../../host/tensorflow.ts';
import { centred, uncentred } from './centred.ts';
import { minimize, type Objective, type Slope } from './lbfgs.ts';
import { readBlock } from '../../features/read-block.ts';

/** A linear classifier. */
export interface LogisticRegression {
  /** [D + 1, K] row-major, the last row is the bias; for features divided by `scale`. */
  readonly weights: Float64Array;
  /** Root mean square length of the training features: with it `l2` means the same for small and large features. */
  readonly scale: number;
  /** K names. */
  readonly classNames: readonly string[];
  /** The weight decay. */
  readonly l2: number;
  /** Mean cross-entropy in nats, with the penalty. */
  readonly loss: number;
  readonly iterations: number;
  /** Whether the loss is known to be as near to its least as was asked for; not known with a decay of 0. */
  readonly converged: boolean;
}

export interface LogisticRegressionOptions {
  /** Weight decay, from 0. @default 0.001 */
  readonly l2?: number;
  /**
   * Takes the mean off each feature and divides it by its standard deviation, so that the decay weighs all features
   * alike, whatever cut they come from; a feature that never changes becomes 0. @default false
   */
  readonly standardize?: boolean;
  /** How far above its least the loss may end, as a share of that (of 0.01 nats if it is less). @default 1e-5 */
  readonly tolerance?: number;
  /** Most iterations. @default 1000 */
  readonly iterations?: number;
  /** Ends it after the current step. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/** How many rows are held as one tensor while predicting. */
const BLOCK = 1000;

/**
 * Trains a multinomial logistic regression to its optimum, by L-BFGS: mean cross-entropy + l2/2 · Σ w², the bias not
 * penalized. A head without hidden layers converges to it, so it shows what early stopping, dropout and Adam add.
 * Scikit-learn's LogisticRegression with C = 1 / (N · l2), on features divided by `scale`, gives the same.
 * @param train features [N, …], held in memory, with their labels
 * @throws RangeError naming the option that is out of its range; the signal's reason when aborted
 * @example
 * const regression = await logisticRegression(train, { l2: 0.01 });
 */
export async function logisticRegression(
  train: Features,
  { l2 = 0.001, ...options }: LogisticRegressionOptions = {},
): Promise<LogisticRegression> {
  for await (const fitted of regressionPath(train, [l2], options)) return fitted;
  throw new Error('logisticRegression: a path of one decay gives one regression');
}

/**
 * Does the same for several weight decays, from the largest to the smallest, each from where the one before it ended:
 * the smaller a decay, the longer the way from nothing to its optimum, and the shorter the way from its neighbour's.
 */
export async function* regressionPath(
  train: Features,
  decays: readonly number[],
  {
    standardize = false,
    tolerance = 1e-5,
    iterations = 1000,
    signal = cellSignal(),
  }: Omit<LogisticRegressionOptions, 'l2'> = {},
): AsyncGenerator<LogisticRegression> {
  const { classNames, labels } = train;
  const classes = classNames.length;
  for (const l2 of decays) checkOptions('logisticRegression', { l2 });
  checkOptions('logisticRegression', { tolerance, iterations });
  if (classes < 2)
    throw new RangeError(`logisticRegression: expected two classes or more; ${train.name} has ${classes}.`);
  const bad = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (bad >= 0)
    throw new RangeError(`logisticRegression: expected labels 0..${classes - 1}; image ${bad} has ${labels[bad]}.`);
  await useTensorFlow();
  const rows = await centred(train, standardize);
  const y = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), classes).toFloat() as tf.Tensor2D);
  try {
    let start = withoutFeatures(train, rows.mean.length);
    for (const l2 of [...decays].sort((a, b) => b - a)) {
      const objective = crossEntropyOf(rows.x, y, l2, signal);
      const found = await minimize(objective, start, { reached: within(tolerance, l2), iterations });
      start = found.x;
      const { value: loss, converged, iterations: taken } = found;
      const weights = uncentred(found.x, rows, classes);
      yield { weights, scale: rows.scale, classNames, l2, loss, iterations: taken, converged };
    }
  } finally {
    tf.dispose([rows.x, y]);
  }
}

/**
 * Gives the optimum without any feature: biases that give each class its share, and nothing to a class without images.
 */
function withoutFeatures({ labels, classNames }: Features, d: number): Float64Array {
  const weights = new Float64Array((d + 1) * classNames.length);
  const counts = weights.subarray(d * classNames.length);
  for (const label of labels) counts[label]++;
  counts.forEach((count, k) => (counts[k] = count ? Math.log(count / labels.length) : -80));
  return weights;
}

/** Float32 cannot tell more: a smaller loss, in nats, counts as this one, and this share of a loss as no gradient. */
const LEAST = { loss: 0.01, gradient: 1e-5 };
/** With a smaller decay, or none, such a gradient says nothing: the way may be long and flat. */
const TOLD = 1e-8;

/**
 * Whether a loss is within a share of its least: a function whose curvature is l2 or more is at most |gradient|² / (2 l2)
 * above it (S. Boyd and L. Vandenberghe, "Convex Optimization", 2004, 9.1.2). A gradient that is small enough for a
 * large decay says nothing of a small one.
 */
const within =
  (share: number, l2: number) =>
  ({ value, gradient }: Slope): boolean => {
    const squares = gradient.reduce((sum, v) => sum + v * v, 0);
    const least = l2 >= TOLD ? (LEAST.gradient * value) ** 2 : 0;
    return squares <= Math.max(least, 2 * l2 * share * Math.max(value, LEAST.loss));
  };

/** Gives the mean cross-entropy with the penalty, and its gradient. */
function crossEntropyOf(x: tf.Tensor2D, y: tf.Tensor2D, l2: number, signal: AbortSignal | undefined): Objective {
  const [[n, d], [, classes]] = [x.shape, y.shape];
  return async (weights) => {
    const [w, b] = parts(weights, d, classes);
    const results = tf.tidy(() => {
      const logProbabilities = tf.logSoftmax(x.matMul<tf.Tensor2D>(w).add<tf.Tensor2D>(b));
      const wrong = logProbabilities.exp<tf.Tensor2D>().sub<tf.Tensor2D>(y).div<tf.Tensor2D>(n);
      // [K, D], since turning the few numbers of `wrong` takes a fraction of what turning x does
      return [y.mul(logProbabilities).sum().div(-n), tf.matMul(wrong, x, true), wrong.sum(0)];
    });
    const [[loss], kernel, bias] = await Promise.all(results.map((tensor) => tensor.data()));
    tf.dispose([w, b, ...results]);
    let penalty = 0;
    const gradient = new Float64Array(weights.length);
    for (let j = 0, i = 0; j < d; j++) {
      for (let k = 0; k < classes; k++, i++) {
        penalty += (l2 / 2) * weights[i] ** 2;
        gradient[i] = kernel[k * d + j] + l2 * weights[i];
      }
    }
    gradient.set(bias, d * classes);
    await tf.nextFrame(); // lets a Stop through
    signal?.throwIfAborted();
    return { value: loss + penalty, gradient };
  };
}

/**
 * Gives the probabilities of features by a regression.
 * @returns [Q, K] float32, rows sum to 1
 * @example
 * const probabilities = await logisticProbabilities(await logisticRegression(train), test);
 */
export async function logisticProbabilities(model: LogisticRegression, features: Features): Promise<Float32Array> {
  checkSameClasses('logisticProbabilities', { name: 'the regression', classNames: model.classNames }, features);
  await useTensorFlow();
  const classes = model.classNames.length;
  const [n, d] = [features.shape[0], rowLength(features)];
  const out = new Float32Array(n * classes);
  for (let from = 0; from < n; from += BLOCK) {
    const { rows, count } = await readBlock(features, from, BLOCK);
    const probabilities = tf.tidy(() => {
      const [w, b] = parts(model.weights, d, classes);
      const x = tf.tensor2d(rows, [count, d]).div<tf.Tensor2D>(model.scale);
      return tf.softmax(x.matMul<tf.Tensor2D>(w).add<tf.Tensor2D>(b));
    });
    out.set(await probabilities.data(), from * classes);
    probabilities.dispose();
  }
  return out;
}

/** @returns weights [D, K] and bias [K], which belong to the caller */
function parts(weights: Float64Array, d: number, k: number): [tf.Tensor2D, tf.Tensor1D] {
  const values = Float32Array.from(weights);
  return [tf.tensor2d(values.subarray(0, d * k), [d, k]), tf.tensor1d(values.subarray(d * k))];
}
