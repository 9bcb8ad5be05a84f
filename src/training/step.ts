import * as tf from '@tensorflow/tfjs';
import { type Random, random, shuffle } from '../random.ts';
import type { LabelledFeatures } from './data.ts';
import { crossEntropy, dropInput, type HeadLayers, logits } from './forward.ts';

/** What a step works on. */
export interface StepOptions {
  readonly head: tf.LayersModel;
  readonly layers: HeadLayers;
  readonly optimizer: tf.Optimizer;
  /** What trains. */
  readonly variables: readonly tf.Variable[];
  /** α of mixup, 0..1. */
  readonly mixup: number;
  /** Reads the batch's features: [b, …] float32. */
  rowsAt(indices: Int32Array): Float32Array;
}

/**
 * One step on one batch: forward, backward, update.
 * @param seed names the step; it seeds dropout and mixup
 * @returns the mean loss before the update, and how many were right
 */
export function step(
  { head, layers, optimizer, variables, mixup, rowsAt }: StepOptions,
  { features, labels }: LabelledFeatures,
  indices: Int32Array,
  seed: string,
): { loss: number; right: number } {
  const wanted = Int32Array.from(indices, (i) => labels[i]);
  const rows = rowsAt(indices);
  const mix = mixup > 0 ? drawMix(mixup, indices.length, random(1, `mixup/${seed}`)) : undefined;
  const dropped = mix ? undefined : dropInput(layers, rows, seed);
  return tf.tidy(() => {
    let scores: tf.Tensor2D | undefined;
    const { value, grads } = tf.variableGrads(() => {
      const x = tf.tensor(rows, [indices.length, ...features.shape.slice(1)]);
      const mixed = <T extends tf.Tensor>(values: T): T =>
        mix ? values.mul<T>(mix.share).add(values.gather(tf.tensor1d(mix.partners, 'int32')).mul(1 - mix.share)) : values;
      scores = logits(layers, mixed(x), seed, dropped);
      const target = mixed(tf.oneHot(tf.tensor1d(wanted, 'int32'), layers.classes).toFloat());
      const loss = crossEntropy(scores, target as tf.Tensor2D);
      scores = tf.keep(scores.clone());
      return head.calculateLosses().reduce((sum, penalty) => sum.add(penalty), loss);
    }, [...variables]);
    optimizer.applyGradients(grads);
    const guesses = scores!.argMax(1).dataSync();
    scores!.dispose();
    return { loss: value.dataSync()[0], right: wanted.reduce((sum, label, i) => sum + Number(guesses[i] === label), 0) };
  });
}

/** A share from the Beta(α, α) distribution (Jöhnk's method, for α up to 1), and whom each image of the batch is mixed with. */
function drawMix(alpha: number, count: number, next: Random): { share: number; partners: Int32Array } {
  let [u, v] = [1, 1];
  while (u + v > 1 || u + v === 0) [u, v] = [next() ** (1 / alpha), next() ** (1 / alpha)];
  return { share: u / (u + v), partners: shuffle(Int32Array.from({ length: count }, (_, i) => i), next) }; // prettier-ignore
}

/** Features of up to so many bytes are read once and held as float32; larger ones are read batch by batch. */
const IN_MEMORY = 512 * 2 ** 20;

export function inMemory(data: LabelledFeatures): LabelledFeatures {
  const { shape, views, rowsOfEpoch } = data.features;
  const length = shape.slice(1).reduce((a, b) => a * b, 1);
  if (views || rowsOfEpoch || 4 * length * shape[0] > IN_MEMORY) return data;
  const all = data.features.rows(Int32Array.from({ length: shape[0] }, (_, i) => i));
  let out = new Float32Array(0); // of one batch at a time; a new one for each would be 3 MB of garbage a step
  const rows = (indices: ArrayLike<number>): Float32Array => {
    if (out.length !== indices.length * length) out = new Float32Array(indices.length * length);
    for (let i = 0; i < indices.length; i++) out.set(all.subarray(indices[i] * length, (indices[i] + 1) * length), i * length);
    return out;
  };
  return { labels: data.labels, features: { shape, rows } };
}
