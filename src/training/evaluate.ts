import * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import { countSeen, sightings } from '../data/seen.ts';
import type { ExtractOptions } from '../features/extract.ts';
import type { Features } from '../features/features.ts';
import { factsOf, seenBy } from '../models/facts.ts';
import { fingerprint } from '../models/fingerprint.ts';
import { checkData } from './data.ts';
import { createEvaluation, type Evaluation } from './evaluation.ts';
import { headLayers, logits } from './forward.ts';
import { dataFacts, headAndFeatures, type Trainable } from './resolve.ts';
import { tempered } from './tempered.ts';

export interface EvaluateOptions {
  /** Images at once; does not change the result. @default 500 */
  readonly batchSize?: number;
  /** What scores are divided by. @default the model's own, else 1 */
  readonly temperature?: number;
  /** Where pictures come in: how their features are extracted. */
  readonly extract?: ExtractOptions;
}

/**
 * Judges a model on all of the images given, once each; those that it was trained or validated on are counted, where
 * that is known, and the result says so.
 * @param model as {@link fit} takes it
 * @param images features, or pictures for a whole model
 * @throws RangeError naming both sides, where model and images don't fit
 */
export async function evaluate(
  model: Trainable,
  images: Dataset | Features,
  { batchSize, temperature, extract }: EvaluateOptions = {},
): Promise<Evaluation> {
  const { head, train: test } = await headAndFeatures(model, images, { extract });
  checkData(head, headLayers(head), test, 'evaluate');
  const divided = temperature ?? temperatureOf(head);
  const probabilities = await predictProbabilities(head, test, { batchSize, temperature: divided });
  const seen = seenBy(head);
  return createEvaluation({
    probabilities,
    labels: test.labels,
    classNames: test.classNames,
    temperature: divided,
    ...(seen && test.contents && { seen: countSeen(sightings(seen)(test.contents())) }),
    of: { head: fingerprint(head), test: dataFacts(test) },
  });
}

/** What of features is needed to predict. */
export type Rows = Pick<Features, 'shape' | 'rows'> & Partial<Pick<Features, 'views'>>;

/**
 * @param options.temperature what scores are divided by @default the head's own, else 1
 * @returns [N, K] float32, rows sum to 1; of several views, the mean of what each gives
 */
export async function predictProbabilities(
  head: tf.LayersModel,
  of: Rows,
  options: Omit<EvaluateOptions, 'extract'> = {},
): Promise<Float32Array> {
  const { classes } = headLayers(head);
  const all = new Float32Array(of.shape[0] * classes);
  for await (const { from, probabilities } of probabilityBatches(head, of, options))
    all.set(probabilities, from * classes);
  return all;
}

/**
 * The same batch by batch, so that no more than one is held, however many images there are.
 * @returns of each batch the place of its first image, and [b, K] float32
 */
export async function* probabilityBatches(
  head: tf.LayersModel,
  of: Rows,
  { batchSize = 500, temperature = temperatureOf(head) }: Omit<EvaluateOptions, 'extract'> = {},
): AsyncGenerator<{ readonly from: number; readonly probabilities: Float32Array }> {
  const { views = 1 } = of;
  const [n, ...shape] = of.shape;
  const layers = headLayers(head);
  for (let from = 0; from < n; from += batchSize) {
    const indices = Array.from({ length: Math.min(batchSize, n - from) }, (_, i) => from + i);
    const mean = new Float32Array(indices.length * layers.classes);
    for (let view = 0; view < views; view++) {
      const rows = await of.rows(indices, views > 1 ? indices.map(() => view) : undefined);
      const batch = tf.tidy(() => tf.softmax(logits(layers, tf.tensor(rows, [indices.length, ...shape]))));
      const values = await batch.data();
      batch.dispose();
      for (let i = 0; i < values.length; i++) mean[i] += values[i] / views;
    }
    yield { from, probabilities: tempered(mean, layers.classes, temperature) };
  }
}

/** What a head's scores are divided by before they become probabilities. */
export const temperatureOf = (head: tf.LayersModel): number => factsOf(head)?.temperature ?? 1;
