import type * as tf from '@tensorflow/tfjs';
import type { Features } from '../../features/features.ts';
import { checkData } from '../data.ts';
import { probabilityBatches } from './evaluate.ts';
import { type Evaluation, mostProbable, rightOf } from './evaluation.ts';
import { headLayers } from '../steps/head-layers.ts';
import { proportion } from './interval.ts';

/**
 * Computes accuracy, loss and which images were right, as `evaluate` does, from one batch of probabilities at a time:
 * [N, K] for 100,000 images and 10,000 classes would be 4 GB, in every epoch and at every point of a sweep.
 * @throws RangeError naming both sides, if head and features don't fit
 */
export async function judge(
  head: tf.LayersModel,
  of: Features,
): Promise<Pick<Evaluation, 'accuracy' | 'loss' | 'right'>> {
  const layers = headLayers(head);
  checkData(head, layers, of, 'evaluate');
  const { labels } = of;
  const { classes } = layers;
  const n = labels.length;
  const predictions = new Int32Array(n);
  let loss = 0;
  for await (const { from, probabilities, logs } of probabilityBatches(head, of)) {
    predictions.set(mostProbable(probabilities, classes), from);
    for (let at = 0, i = from; at < logs.length; at += classes, i++) loss -= logs[at + labels[i]] / n;
  }
  const right = rightOf(predictions, labels);
  const count = right.reduce((a, b) => a + b);
  return { accuracy: proportion(count, n), loss, right };
}
