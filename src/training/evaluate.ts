import * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import type { ExtractOptions } from '../features/extract.ts';
import type { Features } from '../features/features.ts';
import { fingerprint } from '../models/fingerprint.ts';
import { checkData } from './data.ts';
import { headLayers, logits } from './forward.ts';
import type { DataFacts } from './history.ts';
import { type Proportion, proportion, proportionText } from './interval.ts';
import { dataFacts, headAndFeatures, type Trainable } from './resolve.ts';

export interface Evaluation {
  readonly kind: 'evaluation';
  /** Top-1 accuracy with its 95 % interval. */
  readonly accuracy: Proportion;
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  /** [N, K] float32, rows sum to 1. */
  readonly probabilities: Float32Array;
  /** [N], the most probable class. */
  readonly predictions: Int32Array;
  /** [N], its probability, 0..1. */
  readonly confidence: Float32Array;
  /** [N]: 1 where that is the label, else 0. */
  readonly right: Uint8Array;
  /** [N], what is true. */
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
  /** The head that was judged (SHA-256 of what it computes), and what on. */
  readonly of: { readonly head: string; readonly test: DataFacts };
  /** In one line. */
  toString(): string;
}

/**
 * Judges a model on all of the images given, once each.
 * @param model as {@link fit} takes it
 * @param images features, or pictures for a whole model
 * @param options.batchSize does not change the result @default 500
 * @throws RangeError naming both sides, where model and images don't fit
 */
export async function evaluate(
  model: Trainable,
  images: Dataset | Features,
  { batchSize = 500, extract }: { readonly batchSize?: number; readonly extract?: ExtractOptions } = {},
): Promise<Evaluation> {
  const { head, train: test } = await headAndFeatures(model, images, { extract });
  const layers = headLayers(head);
  checkData(head, layers, test, 'evaluate');
  const { classes } = layers;
  const { labels, classNames } = test;
  const n = labels.length;
  const probabilities = await predictProbabilities(head, test, { batchSize });
  const predictions = mostProbable(probabilities, classes);
  let loss = 0;
  for (let i = 0; i < n; i++) loss -= Math.log(Math.max(probabilities[i * classes + labels[i]], 1e-38)) / n;
  const right = rightOf(predictions, labels);
  const accuracy = proportion(
    right.reduce((a, b) => a + b),
    n,
  );
  const text = (): string => `accuracy ${proportionText(accuracy)}, loss ${loss.toFixed(3)}; ${test.name}`;
  return {
    kind: 'evaluation',
    accuracy,
    loss,
    probabilities,
    predictions,
    confidence: Float32Array.from(predictions, (k, i) => probabilities[i * classes + k]),
    right,
    labels,
    classNames,
    of: { head: fingerprint(head), test: dataFacts(test) },
    toString: text,
    [Symbol.for('nodejs.util.inspect.custom')]: text,
  };
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

/** What of features is needed to predict. */
export type Rows = Pick<Features, 'shape' | 'rows'> & Partial<Pick<Features, 'views'>>;

/** @returns [N, K] float32, rows sum to 1; of several views, the mean of what each gives */
export async function predictProbabilities(
  head: tf.LayersModel,
  of: Rows,
  { batchSize = 500 }: { readonly batchSize?: number } = {},
): Promise<Float32Array> {
  const { views = 1 } = of;
  const [n, ...shape] = of.shape;
  const layers = headLayers(head);
  const probabilities = new Float32Array(n * layers.classes);
  for (let from = 0; from < n; from += batchSize) {
    const indices = Array.from({ length: Math.min(batchSize, n - from) }, (_, i) => from + i);
    for (let view = 0; view < views; view++) {
      const rows = await of.rows(indices, views > 1 ? indices.map(() => view) : undefined);
      const batch = tf.tidy(() => tf.softmax(logits(layers, tf.tensor(rows, [indices.length, ...shape]))));
      const values = await batch.data();
      batch.dispose();
      const at = from * layers.classes;
      for (let i = 0; i < values.length; i++) probabilities[at + i] += values[i] / views;
    }
  }
  return probabilities;
}
