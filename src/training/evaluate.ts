import * as tf from '@tensorflow/tfjs';
import { checkData, type LabelledFeatures } from './data.ts';
import { headLayers, logits } from './forward.ts';
import { type Proportion, proportion } from './interval.ts';

export interface Evaluation {
  /** Top-1 accuracy with its 95 % interval. */
  readonly accuracy: Proportion;
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  /** [N, K] float32, rows sum to 1. */
  readonly probabilities: Float32Array;
  /** [N], the most probable class. */
  readonly predictions: Int32Array;
  /** [N]: 1 where that is the label, else 0. */
  readonly right: Uint8Array;
}

/**
 * Judges a head on all of the images given, once each.
 * @param options.batchSize does not change the result @default 500
 */
export async function evaluate(head: tf.LayersModel, data: LabelledFeatures, { batchSize = 500 }: { readonly batchSize?: number } = {}): Promise<Evaluation> {
  const { classes } = headLayers(head);
  checkData(head, headLayers(head), data, 'evaluate');
  const n = data.labels.length;
  const probabilities = await predictProbabilities(head, data.features, { batchSize });
  const predictions = mostProbable(probabilities, classes);
  let loss = 0;
  for (let i = 0; i < n; i++) loss -= Math.log(Math.max(probabilities[i * classes + data.labels[i]], 1e-38)) / n;
  const right = rightOf(predictions, data.labels);
  return { accuracy: proportion(right.reduce((a, b) => a + b), n), loss, probabilities, predictions, right }; // prettier-ignore
}

/**
 * The most probable class of each row; of equal ones, the first.
 * @param probabilities [N, K] float32
 * @param classes K
 * @returns [N]
 */
export function mostProbable(probabilities: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / classes }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}

/** Of each image: 1 where the guess is the label, else 0; `compareRuns` takes it. */
export const rightOf = (predictions: Int32Array, labels: ArrayLike<number>): Uint8Array =>
  Uint8Array.from(predictions, (guess, i) => Number(guess === labels[i]));

/** @returns [N, K] float32, rows sum to 1; of several views, the mean of what each gives */
export async function predictProbabilities(
  head: tf.LayersModel,
  features: LabelledFeatures['features'],
  { batchSize = 500 }: { readonly batchSize?: number } = {},
): Promise<Float32Array> {
  if (features.views && features.views.length > 1) {
    const each: Float32Array[] = [];
    for (const view of features.views) each.push(await predictProbabilities(head, view, { batchSize }));
    return each[0].map((_, i) => each.reduce((sum, one) => sum + one[i], 0) / each.length);
  }
  const layers = headLayers(head);
  const n = features.shape[0];
  const probabilities = new Float32Array(n * layers.classes);
  for (let from = 0; from < n; from += batchSize) {
    const indices = Array.from({ length: Math.min(batchSize, n - from) }, (_, i) => from + i);
    const batch = tf.tidy(() => {
      const x = tf.tensor(features.rows(indices), [indices.length, ...features.shape.slice(1)]);
      return tf.softmax(logits(layers, x));
    });
    probabilities.set(await batch.data(), from * layers.classes);
    batch.dispose();
  }
  return probabilities;
}
