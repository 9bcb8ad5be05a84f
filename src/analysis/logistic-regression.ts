import * as tf from '@tensorflow/tfjs';
import type { LabelledFeatures } from '../training/data.ts';
import { minimize } from './lbfgs.ts';

/** A linear classifier. */
export interface LogisticRegression {
  /** [D + 1, K] row-major, the last row is the bias; for features divided by `scale`. */
  readonly weights: Float64Array;
  /** Root mean square length of the training features: with it `l2` means the same for small and large ones. */
  readonly scale: number;
  /** K. */
  readonly classes: number;
  /** Mean cross-entropy in nats, with the penalty. */
  readonly loss: number;
  readonly iterations: number;
  readonly converged: boolean;
}

type Rows = LabelledFeatures['features'];
/** Rows that are held as one tensor while predicting. */
const BLOCK = 1000;

/**
 * Multinomial logistic regression to its optimum, by L-BFGS: mean cross-entropy + l2/2 · Σ w², the bias not penalized. It is
 * what a head without hidden layers converges to, so it shows what early stopping, dropout and Adam add. Scikit-learn's
 * LogisticRegression with C = 1 / (N · l2), on features divided by `scale`, gives the same.
 * @param train features [N, …], held in memory, and labels 0..K-1
 * @param options.classes K
 * @param options.l2 weight decay, from 0 @default 0.001
 * @param options.tolerance of the gradient's largest component @default 1e-4
 */
export function logisticRegression(
  train: LabelledFeatures,
  {
    classes,
    l2 = 0.001,
    tolerance = 1e-4,
    iterations = 200,
  }: { readonly classes: number; readonly l2?: number; readonly tolerance?: number; readonly iterations?: number },
): LogisticRegression {
  if (!(l2 >= 0)) throw new RangeError(`l2: expected a number from 0; got ${l2}.`);
  if (!Number.isInteger(classes) || classes < 2) throw new RangeError(`classes: expected a whole number from 2; got ${classes}.`);
  const bad = Array.from(train.labels).findIndex((label) => !(label >= 0 && label < classes));
  if (bad >= 0) throw new RangeError(`logisticRegression: expected labels 0..${classes - 1}; image ${bad} has ${train.labels[bad]}.`);
  const n = train.labels.length;
  const d = lengthOf(train.features);
  const raw = tf.tensor2d(readRows(train.features, 0, n), [n, d]);
  const scale = tf.tidy(() => tf.square(raw).sum().div(n).sqrt().dataSync()[0]) || 1;
  const x = tf.div<tf.Tensor2D>(raw, scale);
  const y = tf.tidy(() => tf.oneHot(tf.tensor1d(Array.from(train.labels), 'int32'), classes).toFloat() as tf.Tensor2D);
  raw.dispose();
  try {
    const found = minimize(
      (weights) => {
        const [w, b] = parts(weights, d, classes);
        const logProbabilities = tf.tidy(() => tf.logSoftmax(x.matMul<tf.Tensor2D>(w).add<tf.Tensor2D>(b)));
        const results = tf.tidy(() => {
          const wrong = logProbabilities.exp<tf.Tensor2D>().sub<tf.Tensor2D>(y).div<tf.Tensor2D>(n);
          return [y.mul(logProbabilities).sum().div(-n), tf.matMul(x, wrong, true), wrong.sum(0)];
        });
        const [[loss], kernel, bias] = results.map((tensor) => tensor.dataSync());
        tf.dispose([w, b, logProbabilities, ...results]);
        let penalty = 0;
        const gradient = new Float64Array(weights.length);
        for (let i = 0; i < d * classes; i++) {
          penalty += (l2 / 2) * weights[i] ** 2;
          gradient[i] = kernel[i] + l2 * weights[i];
        }
        gradient.set(bias, d * classes);
        return { value: loss + penalty, gradient };
      },
      new Float64Array((d + 1) * classes),
      { tolerance, iterations },
    );
    return { weights: found.x, scale, classes, loss: found.value, iterations: found.iterations, converged: found.converged };
  } finally {
    tf.dispose([x, y]);
  }
}

/** @returns [Q, K] float32, rows sum to 1 */
export function logisticProbabilities({ weights, scale, classes }: LogisticRegression, features: Rows): Float32Array {
  const [n, d] = [features.shape[0], lengthOf(features)];
  const out = new Float32Array(n * classes);
  const [w, b] = parts(weights, d, classes);
  for (let from = 0; from < n; from += BLOCK) {
    const to = Math.min(n, from + BLOCK);
    const rows = tf.tidy(() =>
      tf.softmax(
        tf
          .tensor2d(readRows(features, from, to), [to - from, d])
          .div<tf.Tensor2D>(scale)
          .matMul<tf.Tensor2D>(w)
          .add<tf.Tensor2D>(b),
      ),
    );
    out.set(rows.dataSync(), from * classes);
    rows.dispose();
  }
  tf.dispose([w, b]);
  return out;
}

const parts = (weights: Float64Array, d: number, k: number): [tf.Tensor2D, tf.Tensor1D] => {
  const values = Float32Array.from(weights);
  return [tf.tensor2d(values.subarray(0, d * k), [d, k]), tf.tensor1d(values.subarray(d * k))];
};

const lengthOf = ({ shape }: Rows): number => shape.slice(1).reduce((a, b) => a * b, 1);
const readRows = (features: Rows, from: number, to: number): Float32Array => features.rows(Array.from({ length: to - from }, (_, i) => from + i));
