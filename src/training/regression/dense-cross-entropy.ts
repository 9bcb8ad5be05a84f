import * as tf from '@tensorflow/tfjs';
import type { Features } from '../../features/features.ts';
import { useTensorFlow } from '../../host/tensorflow.ts';
import { type Centre, centred } from './centred.ts';
import type { Loss } from './sparse-cross-entropy.ts';

/** So many rows are summed in float32, in parts, and their sums in float64: long sums would lose the last digits. */
const SUMMED = 2048;

/** Computes mean cross-entropy and its gradient in TensorFlow.js, on rows of any number: a GPU does many at once. */
export async function denseCrossEntropy(rows: Float32Array, of: Features, centre: Centre): Promise<Loss> {
  await useTensorFlow();
  const classes = of.classNames.length;
  const blocks = tf.tidy(() => {
    const x = centred(rows, centre);
    const y = tf.oneHot(tf.tensor1d(of.labels, 'int32'), classes).toFloat() as tf.Tensor2D;
    return Array.from({ length: Math.ceil(x.shape[0] / SUMMED) }, (_, i) => {
      const [from, size] = [i * SUMMED, Math.min(SUMMED, x.shape[0] - i * SUMMED)];
      return { x: x.slice(from, size), y: y.slice(from, size) };
    });
  });
  const [n, d] = [of.labels.length, blocks[0].x.shape[1]];
  return {
    async at(weights) {
      const [w, b] = parts(weights, d, classes);
      let value = 0;
      const gradient = new Float64Array(weights.length);
      for (const { x, y } of blocks) {
        const results = tf.tidy(() => {
          const logProbabilities = tf.logSoftmax(x.matMul<tf.Tensor2D>(w).add<tf.Tensor2D>(b));
          const wrong = logProbabilities.exp<tf.Tensor2D>().sub<tf.Tensor2D>(y).div<tf.Tensor2D>(n);
          // [K, D], since turning the few numbers of `wrong` takes a fraction of what turning x does
          return [y.mul(logProbabilities).sum().div(-n), tf.matMul(wrong, x, true), wrong.sum(0)];
        });
        const [[own], kernel, bias] = await Promise.all(results.map((tensor) => tensor.data()));
        tf.dispose(results);
        value += own;
        for (let j = 0, i = 0; j < d; j++) for (let k = 0; k < classes; k++, i++) gradient[i] += kernel[k * d + j];
        for (let k = 0; k < classes; k++) gradient[d * classes + k] += bias[k];
      }
      tf.dispose([w, b]);
      return { value, gradient };
    },
    dispose: () => tf.dispose(blocks),
  };
}

/** @returns weights [D, K] and bias [K], which belong to the caller */
export function parts(weights: Float64Array, d: number, k: number): [tf.Tensor2D, tf.Tensor1D] {
  const values = Float32Array.from(weights);
  return [tf.tensor2d(values.subarray(0, d * k), [d, k]), tf.tensor1d(values.subarray(d * k))];
}
