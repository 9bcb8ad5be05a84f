import { DEFAULTS } from '../options/options.mjs';
import { setImmediate as breathe } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import type { ExtractOptions } from '../features/extract.ts';
import type { Features } from '../features/features.ts';
import { cellSignal } from '../host/host.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { type ProgressOption, progressOf } from '../host/progress.ts';
import { random, shuffle } from '../random.ts';
import { labelsAt, openBatches } from './steps/batches.ts';
import { checkData } from './data.ts';
import { headLayers } from './steps/head-layers.ts';
import { headAndFeatures } from './resolve.ts';
import { step } from './steps/step.ts';
import type { Model } from '../models/model.ts';

export interface LearningRateOptions {
  /** The first rate. @default 1e-7 */
  readonly from?: number;
  /** The last rate. @default 1 */
  readonly to?: number;
  /** The number of rates, each a constant factor above the one before. @default 100 */
  readonly steps?: number;
  /** Images per step. @default 32 */
  readonly batchSize?: number;
  /** Seeds the order of images and dropout. @default 1 */
  readonly seed?: number;
  /** How features are extracted, if the images are pictures. */
  readonly extract?: ExtractOptions;
  /** Its own bar in a notebook and on a terminal, false for none, or a function. @default a bar */
  readonly progress?: ProgressOption;
  /** Ends the search after the step in flight. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/** The course of the loss while the learning rate rose. */
export interface LearningRates {
  readonly kind: 'learning rates';
  readonly rows: readonly { readonly learningRate: number; readonly loss: number; readonly smoothed: number }[];
  /** The rate at which the smoothed loss falls fastest, to two digits: a rate to start with. */
  readonly suggestion: number;
  /** What they are based on, in words. */
  readonly basis: string;
}

/** Weight of the past in the running mean of losses. */
const SMOOTHING = 0.9;

/**
 * Trains with a rate that rises step by step and watches the loss: it falls while the rate is useful and rises when the
 * rate is too large (L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", 2017). The search ends when
 * the loss is four times the lowest. Afterwards the head's weights are as before.
 * @param model a model as `fit` takes it
 * @param images features [N, …], or pictures for a whole model
 * @throws RangeError if an option is out of range, or the loss falls at none of the rates; the signal's reason if
 *   aborted
 * @example
 * const rates = await findLearningRate(head, train);
 */
export async function findLearningRate(
  model: Model,
  images: Dataset | Features,
  options: LearningRateOptions = {},
): Promise<LearningRates> {
  const { from = 1e-7, to = 1, steps = 100, batchSize = DEFAULTS.batchSize, seed = DEFAULTS.seed } = options;
  const signal = options.signal ?? cellSignal();
  checkOptions('findLearningRate', { from, to, steps, batchSize, seed });
  if (to <= from)
    throw new RangeError(`from, to: expected two rates above 0, the smaller first; got ${from} and ${to}.`);
  const { head, train: data } = await headAndFeatures(model, images, {
    what: 'findLearningRate',
    extract: { signal, ...options.extract },
  });
  const bar = progressOf(options.progress, 'steps');
  const layers = headLayers(head);
  checkData(head, layers, data, 'findLearningRate');
  const variables = head.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const kept = variables.map((variable) => variable.clone());
  const optimizer = tf.train.adam(from);
  const rowsOf = (await openBatches(data)).ofEpoch(1, random(seed, 'learning-rate/views'));
  const rows: { learningRate: number; loss: number; smoothed: number }[] = [];
  let order = new Int32Array(0);
  let [mean, lowest] = [0, Infinity];
  try {
    for (let i = 0; i < steps; i++) {
      signal?.throwIfAborted();
      if (order.length < batchSize) {
        order = shuffle(
          Int32Array.from({ length: data.labels.length }, (_, k) => k),
          random(seed, `learning-rate/${i}`),
        );
      }
      const learningRate = from * (to / from) ** (i / (steps - 1));
      (optimizer as unknown as { learningRate: number }).learningRate = learningRate;
      const indices = order.subarray(0, batchSize);
      const batch = { rows: await rowsOf(indices), shape: data.shape.slice(1), labels: labelsAt(data, indices) };
      const { loss } = step({ head, layers, optimizer, variables, mixup: 0 }, batch, `${seed}/learning-rate/${i}`);
      order = order.subarray(batchSize);
      mean = SMOOTHING * mean + (1 - SMOOTHING) * loss;
      const smoothed = mean / (1 - SMOOTHING ** (i + 1));
      lowest = Math.min(lowest, smoothed);
      const diverged = !Number.isFinite(loss) || smoothed > 4 * lowest;
      const note = diverged
        ? `ends at ${learningRate.toExponential(1)}: the loss is four times the lowest`
        : `${learningRate.toExponential(1)}, loss ${loss.toFixed(2)}`;
      bar?.({ label: 'learning rates', done: diverged ? steps : i + 1, total: steps, note });
      if (diverged) break;
      rows.push({ learningRate, loss, smoothed });
      await breathe();
    }
  } finally {
    variables.forEach((variable, i) => variable.assign(kept[i]));
    tf.dispose(kept);
    optimizer.dispose();
  }
  const suggestion = steepest(rows);
  if (suggestion === undefined)
    throw new RangeError(
      `findLearningRate: expected a loss that falls at some rate from ${from} to ${to}; ${howItWent(rows, from)}. ` +
        'Begin at a lower rate, or look at the features and labels: is there something to learn, and is the head untrained?',
    );
  const basis = `${data.name}; batches of ${batchSize}; seed ${seed}`;
  return { kind: 'learning rates', rows, suggestion, basis };
}

/**
 * Gives the rate at which the smoothed loss falls most over a tenth of the steps. The first tenth is left out, since
 * its mean is still over a few batches, and so is all that follows the lowest loss, since a loss that broke out may
 * fall again.
 * @returns undefined if it falls nowhere
 */
function steepest(rows: LearningRates['rows']): number | undefined {
  const half = Math.max(1, Math.round(rows.length / 20));
  let best: number | undefined;
  let fall = 1e-6 * (rows[0]?.smoothed ?? 0); // less is rounding
  const lowest = rows.reduce((least, { smoothed }, i) => (smoothed < rows[least].smoothed ? i : least), 0);
  for (let i = 2 * half; i <= lowest && i + half < rows.length; i++) {
    const change = rows[i - half].smoothed - rows[i + half].smoothed;
    if (change > fall) [best, fall] = [rows[i].learningRate, change];
  }
  return best === undefined ? undefined : Number(best.toPrecision(2));
}

const howItWent = (rows: LearningRates['rows'], from: number): string =>
  rows.length
    ? `it went from ${rows[0].smoothed.toFixed(3)} to ${rows.at(-1)!.smoothed.toFixed(3)} in ${rows.length} steps, without falling`
    : `it was not finite, or four times the lowest, from the first step on, at ${from}`;
