import * as tf from '@tensorflow/tfjs';
import { applyLayer, runWiring } from '../../models/wiring.ts';
import type { HeadLayers } from './head-layers.ts';

/** Applies a Dropout layer in a training step; undefined if nothing is dropped. */
export type Drop = (layer: tf.layers.Layer, position: number, x: tf.Tensor) => tf.Tensor;

/**
 * Runs a head up to its logits. The loss takes logits, as Keras does behind a softmax: log(softmax) of large values
 * would lose them. Batch normalization uses its moving averages in training too, as Keras advises for fine-tuning
 * (keras.io/guides/transfer_learning): statistics of small batches would undo what was learnt before.
 * @param x [b, …] float32
 * @param drop applies Dropout in a training step; without it nothing is dropped
 * @returns [b, K] float32
 */
export function logits({ hidden, output }: HeadLayers, x: tf.Tensor, drop?: Drop): tf.Tensor2D {
  const last = runWiring(hidden, x, (layer, inputs, position) => {
    const kind = layer.getClassName();
    if (kind === 'Dropout') return drop ? drop(layer, position, inputs[0]) : inputs[0];
    return applyLayer(layer, inputs, { training: drop !== undefined && kind !== 'BatchNormalization' });
  });
  const [kernel, bias] = output.weights.map((weight) => weight.read());
  const product = tf.matMul(last, kernel);
  return (bias ? product.add(bias) : product) as tf.Tensor2D;
}

/**
 * Computes the mean cross-entropy of a softmax, with its gradient in closed form, (softmax − target) / b. That takes
 * half of the operations that TensorFlow.js records for its own, each of which costs as much as the arithmetic of a
 * small head.
 * @param logits [b, K]
 * @param target [b, K], rows sum to 1
 */
export const crossEntropyLoss = withGradient((probabilities, target) => probabilities.sub(target));

/**
 * Computes the same for weighted images, whose rows of the target sum to their weights. As in Keras, the sum is divided
 * by the number of images, not by the sum of their weights.
 */
export const weightedCrossEntropy = withGradient((probabilities, target) =>
  probabilities.mul(target.sum(1, true)).sub(target),
);

/** @param gradient b times the gradient of the mean, [b, K] */
function withGradient(gradient: (probabilities: tf.Tensor, target: tf.Tensor) => tf.Tensor) {
  return tf.customGrad((...args) => {
    const [scores, target, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    const logProbabilities = tf.logSoftmax(scores);
    save([logProbabilities, target]);
    return {
      value: target.mul(logProbabilities).sum().div<tf.Scalar>(-scores.shape[0]),
      gradFunc: (dy: tf.Tensor, [kept, wanted]: tf.Tensor[]) => [
        gradient(kept.exp(), wanted).mul(dy.div(scores.shape[0])),
        tf.zerosLike(wanted),
      ],
    };
  }) as (logits: tf.Tensor2D, target: tf.Tensor2D) => tf.Scalar;
}
