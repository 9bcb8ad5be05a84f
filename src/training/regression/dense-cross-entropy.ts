import * as tf from '@tensorflow/tfjs';
import type { Features } from '../../features/features.ts';
import { useTensorFlow } from '../../host/tensorflow.ts';
import { type Centre, centred } from './centred.ts';
import type { Loss } from './sparse-cross-entropy.ts';

/** Computes mean cross-entropy and its gradient in TensorFlow.js, on rows of any number: a GPU does it at once. */
export async function denseCrossEntropy(rows: Float32Array, of: Features, centre: Centre): Promise<Loss> {
  await useTensorFlow();
  const classes = of.classNames.length;
  const x = centred(rows, centre);
  const [n, d] = x.shape;
  const y = tf.tidy(() => tf.oneHot(tf.tensor1d(of.labels, 'int32'), classes).toFloat() as tf.Tensor2D);
  return {
    async at(weights) {
      const [w, b] = parts(weights, d, classes);
      const results = tf.tidy(() => {
        const logProbabilities = tf.logSoftmax(x.matMul<tf.Tensor2D>(w).add<tf.Tensor2D>(b));
        const wrong = logProbabilities.exp<tf.Tensor2D>().sub<tf.Tensor2D>(y).div<tf.Tensor2D>(n);
        // [K, D], since turning the few numbers of `wrong` takes a fraction of what turning x does
        return [y.mul(logProbabilities).sum().div(-n), tf.matMul(wrong, x, true), wrong.sum(0)];
      });
      const [[value], kernel, bias] = await Promise.all(results.map((tensor) => tensor.data()));
      tf.dispose([w, b, ...results]);
      const gradient = new Float64Array(weights.length);
      for (let j = 0, i = 0; j < d; j++) for (let k = 0; k < classes; k++, i++) gradient[i] = kernel[k * d + j];
      gradient.set(bias, d * classes);
      return { value, gradient };
    },
    dispose: () => tf.dispose([x, y]),
  };
}

/** @returns weights [D, K] and bias [K], which belong to the caller */
export function parts(weights: Float64Array, d: number, k: number): [tf.Tensor2D, tf.Tensor1D] {
  const values = Float32Array.from(weights);
  return [tf.tensor2d(values.subarray(0, d * k), [d, k]), tf.tensor1d(values.subarray(d * k))];
}
