import * as tf from '@tensorflow/tfjs';
import { type Random, random, shuffle } from '../../random.ts';
import { dropIn, dropInput } from './dropout.ts';
import { crossEntropyLoss, logits, weightedCrossEntropy } from './forward.ts';
import type { HeadLayers } from './head-layers.ts';

/** What a step works with. */
export interface StepOptions {
  readonly head: tf.LayersModel;
  readonly layers: HeadLayers;
  readonly optimizer: tf.Optimizer;
  /** The variables that train. */
  readonly variables: readonly tf.Variable[];
  /** α of mixup, 0..1. */
  readonly mixup: number;
  /** [K]: how much an image of each class counts. @default 1 for each */
  readonly classWeights?: Float32Array;
}

/** One batch. */
export interface Batch {
  /** [b, …] float32; dropout may change them. */
  readonly rows: Float32Array;
  /** The shape of one row. */
  readonly shape: readonly number[];
  /** [b], 0..K-1. */
  readonly labels: Int32Array;
}

/**
 * Takes one step on one batch: forward, backward, update.
 * @param seed names the step; it seeds dropout and mixup
 * @returns the mean loss before the update, and how many were right
 */
export function step(
  { head, layers, optimizer, variables, mixup, classWeights }: StepOptions,
  { rows, shape, labels }: Batch,
  seed: string,
): { loss: number; right: number } {
  const mix = mixup > 0 ? drawMix(mixup, labels.length, random(1, `mixup/${seed}`)) : undefined;
  const drop = dropIn(seed, mix ? undefined : dropInput(layers, rows, seed));
  return tf.tidy(() => {
    let scores: tf.Tensor2D | undefined;
    const { value, grads } = tf.variableGrads(() => {
      const x = tf.tensor(rows, [labels.length, ...shape]);
      const mixed = <T extends tf.Tensor>(values: T): T =>
        mix
          ? values.mul<T>(mix.share).add(values.gather(tf.tensor1d(mix.partners, 'int32')).mul(1 - mix.share))
          : values;
      scores = logits(layers, mixed(x), drop);
      const own = tf.oneHot(tf.tensor1d(labels, 'int32'), layers.classes).toFloat();
      const target = mixed(classWeights ? own.mul(tf.tensor1d(classWeights)) : own) as tf.Tensor2D;
      const loss = (classWeights ? weightedCrossEntropy : crossEntropyLoss)(scores, target);
      scores = tf.keep(scores.clone());
      return head.calculateLosses().reduce((sum, penalty) => sum.add(penalty), loss);
    }, [...variables]);
    optimizer.applyGradients(grads);
    const guesses = scores!.argMax(1).dataSync();
    scores!.dispose();
    return {
      loss: value.dataSync()[0],
      right: labels.reduce((sum, label, i) => sum + Number(guesses[i] === label), 0),
    };
  });
}

/**
 * Draws a share from the Beta(α, α) distribution (Jöhnk's method, for α up to 1), and the image with which each image
 * of the batch is mixed.
 */
function drawMix(alpha: number, count: number, next: Random): { share: number; partners: Int32Array } {
  let [u, v] = [1, 1];
  while (u + v > 1 || u + v === 0) [u, v] = [next() ** (1 / alpha), next() ** (1 / alpha)];
  return {
    share: u / (u + v),
    partners: shuffle(
      Int32Array.from({ length: count }, (_, i) => i),
      next,
    ),
  };
}
