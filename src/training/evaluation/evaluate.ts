import type * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../../data/dataset.ts';
import { countRecoloured } from '../../data/pictures/reading.ts';
import { countSeen, sightings } from '../../data/seen.ts';
import type { ExtractOptions } from '../../features/extract.ts';
import type { Features } from '../../features/features.ts';
import { finiteRows } from '../../features/finite.ts';
import { listed } from '../../text/listed.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import { factsOf, readingOf, seenBy, temperatureOf } from '../../models/facts.ts';
import { fingerprint } from '../../models/fingerprint.ts';
import type { Model } from '../../models/model.ts';
import { isPlain } from '../../models/plain/plain-layers.ts';
import { checkData } from '../data.ts';
import { checkProbabilities, createEvaluation, type Evaluation } from './evaluation.ts';
import { type HeadLayers, headLayers } from '../steps/head-layers.ts';
import { dataFacts } from '../data-facts.ts';
import { headAndFeatures } from '../resolve.ts';
import { type Scorer, plainScorer } from './plain-scores.ts';

export interface EvaluateOptions {
  /** How many images are evaluated at once; does not change the result. @default 500 */
  readonly batchSize?: number;
  /** The number that scores are divided by. @default the model's own, else 1 */
  readonly temperature?: number;
  /** How features are extracted, if the images are pictures. */
  readonly extract?: ExtractOptions;
}

/**
 * Judges a model on all the given images, once each. The result says how many of them it was trained or validated on,
 * if that is known, and how many were read in other colours when it was trained.
 * @param model a model as {@link fit} takes it
 * @param images features, or pictures for a whole model
 * @throws RangeError naming both sides, if model and images don't fit
 * @example
 * const evaluation = await evaluate(head, test);
 */
export async function evaluate(
  model: Model,
  images: Dataset | Features,
  { batchSize, temperature, extract }: EvaluateOptions = {},
): Promise<Evaluation> {
  checkOptions('evaluate', { batchSize, temperature });
  const { head, train: test } = await headAndFeatures(model, images, { what: 'evaluate', extract });
  const layers = headLayers(head);
  checkData(head, layers, test, 'evaluate');
  // rows may lack the last classes, whose names the head knows
  const { classNames = test.classNames } = factsOf(head) ?? {};
  if (classNames.length !== layers.classes)
    throw new RangeError(
      `evaluate: expected names of all ${layers.classes} classes of the head; ${test.name} has ${classNames.length}, ${listed(classNames)}. ` +
        'Name them all: features(rows, labels, { classNames }).',
    );
  const divided = temperature ?? temperatureOf(head);
  const { labels } = test;
  const { classes } = layers;
  const n = labels.length;
  const probabilities = new Float32Array(n * classes);
  const logOdds = classes === 2 ? new Float64Array(n) : undefined;
  let loss = 0;
  for await (const batch of probabilityBatches(head, test, { batchSize, temperature: divided })) {
    const { from, logs } = batch;
    probabilities.set(batch.probabilities, from * classes);
    for (let at = 0, i = from; at < logs.length; at += classes, i++) {
      loss -= logs[at + labels[i]] / n;
      if (logOdds) logOdds[i] = logs[at + 1] - logs[at];
    }
  }
  const seen = seenBy(head);
  return createEvaluation({
    probabilities,
    loss,
    logOdds,
    labels,
    classNames,
    temperature: divided,
    recoloured: countRecoloured(readingOf(head), { n, readingAt: test.readingAt }),
    ...(seen && test.contents && { seen: countSeen(sightings(seen)(test.contents())) }),
    of: { head: fingerprint(head), test: dataFacts(test) },
  });
}

/** The parts of features that are needed to predict. */
export type Rows = Pick<Features, 'shape' | 'rows'> & Partial<Pick<Features, 'views' | 'name'>>;

/**
 * @param options.temperature the number that scores are divided by @default the head's own, else 1
 * @returns [N, K] float32, rows sum to 1; for several views, the mean over them
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

/** The probabilities of some images. */
interface ProbabilityBatch {
  /** The position of the first image. */
  readonly from: number;
  /** [b, K], rows sum to 1. */
  readonly probabilities: Float32Array;
  /** [b, K], their natural logarithms, which tell scores apart if probabilities have become 0 or 1. */
  readonly logs: Float64Array;
}

/**
 * Predicts the same batch by batch, so that only one batch is held, however many images there are.
 * @throws RangeError naming the first image for which the head gives numbers that are not finite
 */
export async function* probabilityBatches(
  head: tf.LayersModel,
  of: Rows,
  { batchSize = 500, temperature = temperatureOf(head) }: Omit<EvaluateOptions, 'extract'> = {},
): AsyncGenerator<ProbabilityBatch> {
  const { views = 1 } = of;
  const [n, ...shape] = of.shape;
  const layers = headLayers(head);
  const score = await scorerOf(head, layers);
  for (let from = 0; from < n; from += batchSize) {
    const indices = Array.from({ length: Math.min(batchSize, n - from) }, (_, i) => from + i);
    const mean = new Float32Array(indices.length * layers.classes);
    const logs = new Float64Array(mean.length);
    for (let view = 0; view < views; view++) {
      const rows = await finiteRows(of, indices, views > 1 ? indices.map(() => view) : undefined);
      const { values, logValues } = await score(rows, [indices.length, ...shape]);
      for (let i = 0; i < values.length; i++) {
        mean[i] += values[i] / views;
        const log = logValues[i] - Math.log(views);
        logs[i] = view ? logSum(logs[i], log) : log;
      }
    }
    checkProbabilities(mean, layers.classes, (i) => `image ${from + i}${of.name ? ` of ${of.name}` : ''}`);
    if (temperature !== 1) divide(logs, layers.classes, temperature);
    yield { from, probabilities: temperature === 1 ? mean : Float32Array.from(logs, Math.exp), logs };
  }
}

/** Computes a head of plain layers by itself, and any other one with TensorFlow.js, which is only loaded then. */
const scorerOf = async (head: tf.LayersModel, layers: HeadLayers): Promise<Scorer> =>
  (isPlain(head) && plainScorer(head)) || (await import('./tensor-scores.ts')).tensorScorer(layers);

/** Computes ln(eᵃ + eᵇ). */
const logSum = (a: number, b: number): number => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));

/** Brings the logarithms of probabilities to a temperature, in place. */
function divide(logs: Float64Array, classes: number, temperature: number): void {
  for (let at = 0; at < logs.length; at += classes) {
    const row = logs.subarray(at, at + classes);
    row.forEach((log, k) => (row[k] = log / temperature));
    const sum = row.reduce(logSum, -Infinity);
    row.forEach((log, k) => (row[k] = log - sum));
  }
}
