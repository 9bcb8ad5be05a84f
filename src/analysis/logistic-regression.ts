import * as tf from '@tensorflow/tfjs';
import { checkSameClasses } from '../data/same-classes.ts';
import type { Features } from '../features/features.ts';
import { cellSignal } from '../host/host.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { minimize } from './lbfgs.ts';
import { readBlock, rowLength } from './rows.ts';

/** A linear classifier. */
export interface LogisticRegression {
  /** [D + 1, K] row-major, the last row is the bias; for features divided by `scale`. */
  readonly weights: Float64Array;
  /** Root mean square length of the training features: with it `l2` means the same for small and large ones. */
  readonly scale: number;
  /** K names. */
  readonly classNames: readonly string[];
  /** Mean cross-entropy in nats, with the penalty. */
  readonly loss: number;
  readonly iterations: number;
  readonly converged: boolean;
}

export interface LogisticRegressionOptions {
  /** Weight decay, from 0. @default 0.001 */
  readonly l2?: number;
  /**
   * Takes the mean off each feature and divides it by its standard deviation, so that the decay weighs all alike,
   * whatever cut they come from. @default false
   */
  readonly standardize?: boolean;
  /** Of the gradient's largest component. @default 1e-4 */
  readonly tolerance?: number;
  /** At most. @default 200 */
  readonly iterations?: number;
  /** Ends it after the step in flight. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/** Rows that are held as one tensor while predicting. */
const BLOCK = 1000;

/**
 * Multinomial logistic regression to its optimum, by L-BFGS: mean cross-entropy + l2/2 · Σ w², the bias not penalized.
 * It is what a head without hidden layers converges to, so it shows what early stopping, dropout and Adam add.
 * Scikit-learn's LogisticRegression with C = 1 / (N · l2), on features divided by `scale`, gives the same.
 * @param train features [N, …], held in memory, with their labels
 * @throws RangeError naming the option that is out of its range; the signal's reason when aborted
 */
export async function logisticRegression(
  train: Features,
  {
    l2 = 0.001,
    standardize = false,
    tolerance = 1e-4,
    iterations = 200,
    signal = cellSignal(),
  }: LogisticRegressionOptions = {},
): Promise<LogisticRegression> {
  const { classNames, labels } = train;
  const classes = classNames.length;
  checkOptions('logisticRegression', { l2, tolerance, iterations });
  if (classes < 2)
    throw new RangeError(`logisticRegression: expected two classes or more; ${train.name} has ${classes}.`);
  const bad = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (bad >= 0)
    throw new RangeError(`logisticRegression: expected labels 0..${classes - 1}; image ${bad} has ${labels[bad]}.`);
  await useTensorFlow();
  const [n, d] = [labels.length, rowLength(train)];
  const read = tf.tensor2d((await readBlock(train, 0)).rows, [n, d]);
  const norm = standardize ? normOf(read) : undefined;
  const raw = norm ? tf.tidy(() => tf.sub<tf.Tensor2D>(read, norm.mean).div<tf.Tensor2D>(norm.deviation)) : read;
  if (norm) read.dispose();
  const scale = tf.tidy(() => tf.square(raw).sum().div(n).sqrt().dataSync()[0]) || 1;
  const x = tf.div<tf.Tensor2D>(raw, scale);
  const y = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), classes).toFloat() as tf.Tensor2D);
  raw.dispose();
  try {
    const found = await minimize(
      async (weights) => {
        const [w, b] = parts(weights, d, classes);
        const results = tf.tidy(() => {
          const logProbabilities = tf.logSoftmax(x.matMul<tf.Tensor2D>(w).add<tf.Tensor2D>(b));
          const wrong = logProbabilities.exp<tf.Tensor2D>().sub<tf.Tensor2D>(y).div<tf.Tensor2D>(n);
          return [y.mul(logProbabilities).sum().div(-n), tf.matMul(x, wrong, true), wrong.sum(0)];
        });
        const [[loss], kernel, bias] = await Promise.all(results.map((tensor) => tensor.data()));
        tf.dispose([w, b, ...results]);
        let penalty = 0;
        const gradient = new Float64Array(weights.length);
        for (let i = 0; i < d * classes; i++) {
          penalty += (l2 / 2) * weights[i] ** 2;
          gradient[i] = kernel[i] + l2 * weights[i];
        }
        gradient.set(bias, d * classes);
        await tf.nextFrame(); // lets a Stop through
        signal?.throwIfAborted();
        return { value: loss + penalty, gradient };
      },
      new Float64Array((d + 1) * classes),
      { tolerance, iterations },
    );
    const { value: loss, converged, iterations: taken } = found;
    const weights = norm ? behindNorm(found.x, norm, scale, classes) : found.x;
    return { weights, scale, classNames, loss, iterations: taken, converged };
  } finally {
    tf.dispose([x, y]);
  }
}

/** Mean and standard deviation of each feature, [D]; 1 for one that never changes. */
interface Norm {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

function normOf(rows: tf.Tensor2D): Norm {
  const { mean, variance } = tf.moments(rows, 0);
  const deviation = (variance.dataSync() as Float32Array).map((value) => Math.sqrt(value) || 1);
  const norm = { mean: mean.dataSync() as Float32Array, deviation };
  tf.dispose([mean, variance]);
  return norm;
}

/** Weights of standardised features as those of the features themselves: w · (x − μ) / σ = (w / σ) · x − w · μ / σ. */
function behindNorm(weights: Float64Array, { mean, deviation }: Norm, scale: number, classes: number): Float64Array {
  const d = mean.length;
  const out = weights.slice();
  for (let i = 0; i < d; i++) {
    for (let k = 0; k < classes; k++) {
      out[i * classes + k] /= deviation[i];
      out[d * classes + k] -= (out[i * classes + k] * mean[i]) / scale;
    }
  }
  return out;
}

/** @returns [Q, K] float32, rows sum to 1 */
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
