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
  /** The share of each label that is spread over all classes. @default 0 */
  readonly labelSmoothing?: number;
  /** The share that the moving average of the weights keeps in a step; undefined if none is taken. */
  readonly emaMomentum?: number;
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
  { head, layers, optimizer, variables, mixup, classWeights, labelSmoothing = 0 }: StepOptions,
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
      const sure = tf.oneHot(tf.tensor1d(labels, 'int32'), layers.classes).toFloat();
      const own = labelSmoothing ? sure.mul(1 - labelSmoothing).add(labelSmoothing / layers.classes) : sure;
      const target = mixed(classWeights ? own.mul(weightsOf(labels, classWeights)) : own) as tf.Tensor2D;
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

/** Gives each image's weight, [b, 1]: a label counts as its class does, with what of it is spread over others. */
const weightsOf = (labels: Int32Array, classWeights: Float32Array): tf.Tensor2D =>
  tf.tensor2d(
    Float32Array.from(labels, (label) => classWeights[label]),
    [labels.length, 1],
  );

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
