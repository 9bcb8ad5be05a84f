import { setImmediate as breathe } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs';
import { type Random, random, shuffle } from '../random.ts';
import { checkData, type LabelledFeatures } from './data.ts';
import { evaluate } from './evaluate.ts';
import { openState } from './fit-state.ts';
import { headLayers } from './forward.ts';
import { type Schedule, scheduled } from './schedule.ts';
import { inMemory, step } from './step.ts';

export interface FitOptions {
  /** Times that every image is seen. @default 20 */
  readonly epochs?: number;
  /** Images a step. @default 32 */
  readonly batchSize?: number;
  /** @default 'adam' */
  readonly optimizer?: 'adam' | 'sgd' | tf.Optimizer;
  /**
   * @default for adam 0.001, as in Keras, or less where features are large: such that one step moves a score by about 1
   * at most (1 / mean of Σ|x|; 0.00003 for block5_pool of VGG16); for sgd 0.01
   */
  readonly learningRate?: number;
  /** How the learning rate goes over all steps; with a `tf.Optimizer` of one's own it has to be constant. @default 'constant' */
  readonly schedule?: Schedule;
  /**
   * Draws this many images an epoch at random, with replacement, instead of taking each once: as the original notebook
   * did with 12,500. @default every image once
   */
  readonly draws?: number;
  /**
   * Mixes each image's features and label with those of another one of its batch, in shares from Beta(α, α), 0..1 (H. Zhang
   * et al., "mixup: Beyond Empirical Risk Minimization", 2018, on features). Training accuracy then counts the image with
   * its own label only. @default 0
   */
  readonly mixup?: number;
  /** Judged after every epoch, and never trained on. */
  readonly validation?: LabelledFeatures;
  /** Ends when the validation loss has not fallen for this many epochs. @default never */
  readonly patience?: number;
  /** Goes back to the weights of the epoch with the lowest validation loss at the end. @default false */
  readonly restoreBest?: boolean;
  /** Seeds the order of images and dropout: the same seed gives the same history. @default 1 */
  readonly seed?: number;
  /**
   * A file that holds the state after each epoch. Where it is there, training goes on from it, with the history that an
   * undisturbed run has; with another head, data or options it is an error.
   */
  readonly checkpoint?: string;
  /** Called after every epoch; a promise is waited for. */
  readonly onEpoch?: (epoch: Epoch, history: readonly Epoch[]) => void | Promise<void>;
  /** Ends training after the step in flight; the weights so far are kept. */
  readonly signal?: AbortSignal;
}

/** One epoch; loss in nats, accuracies 0..1. Training values are means over the epoch's steps, with dropout on. */
export interface Epoch {
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  readonly seconds: number;
}

export interface History {
  readonly epochs: readonly Epoch[];
  /** The learning rate; undefined with an optimizer of the caller's own. */
  readonly learningRate: number | undefined;
  /** The epoch with the lowest validation loss; without validation data the last one. */
  readonly best: number;
  /** Why it ended before the last epoch, if it did. */
  readonly stopped?: 'early' | 'interrupted';
  readonly seconds: number;
}

/**
 * Trains a head on features: mean cross-entropy, in a seeded order.
 * @param head ends in Dense with softmax; its trainable weights change
 * @param data features [N, …] and labels [N]
 * @returns the history; the same seed, data and initial weights give the same
 * @throws RangeError when head, features and labels don't fit, or an option is out of range
 */
export async function fit(head: tf.LayersModel, data: LabelledFeatures, options: FitOptions = {}): Promise<History> {
  const { epochs = 20, batchSize = 32, validation, patience, restoreBest = false, seed = 1, draws, mixup = 0, checkpoint, onEpoch, signal } = options;
  const layers = headLayers(head);
  checkData(head, layers, data, 'fit');
  if (validation) checkData(head, layers, validation, 'validation');
  for (const [name, value] of Object.entries({ epochs, batchSize, patience: patience ?? 1, draws: draws ?? 1 })) {
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name}: expected a whole number from 1; got ${value}.`);
  }
  if (!(mixup >= 0 && mixup <= 1)) throw new RangeError(`mixup: expected a number from 0 to 1; got ${mixup}.`);
  if ((patience !== undefined || restoreBest) && !validation) throw new RangeError('patience, restoreBest: expected validation data to judge by; got none.');
  const variables = head.trainableWeights.map((weight) => weight.read() as tf.Variable);
  if (!variables.length) throw new Error(`fit: nothing in "${head.name}" is trainable.`);

  const learningRate = chooseLearningRate(options, data);
  const source = inMemory(data);
  const judge = validation && inMemory(validation);
  const optimizer = makeOptimizer(options, learningRate);
  const rateAt = scheduleRate(options, optimizer, learningRate);
  const history: Epoch[] = [];
  const started = performance.now();
  let best = { epoch: 0, loss: Infinity, weights: [] as tf.Tensor[] };
  let stopped: History['stopped'];
  const perEpoch = Math.ceil((draws ?? data.labels.length) / batchSize);
  try {
    const state = checkpoint ? openState(checkpoint, head, data, options, { variables, optimizer, learningRate }) : undefined;
    const kept = await state?.load();
    if (kept) {
      history.push(...kept.history);
      best = { epoch: kept.best.epoch, loss: kept.best.loss ?? Infinity, weights: kept.weights };
      if (kept.stopped) stopped = kept.stopped;
    }
    for (let epoch = history.length + 1; epoch <= epochs && !stopped; epoch++) {
      const start = performance.now();
      const rowsAt = readerOf(source, epoch, random(seed, `views/${epoch}`));
      const order = orderOf(data.labels.length, draws, random(seed, `order/${epoch}`));
      let seen = 0;
      let loss = 0;
      let right = 0;
      for (let from = 0; from < order.length && !signal?.aborted; from += batchSize) {
        const indices = order.subarray(from, from + batchSize);
        rateAt((epoch - 1) * perEpoch + from / batchSize, epochs * perEpoch);
        const result = step({ head, layers, optimizer, variables, mixup, rowsAt }, source, indices, `${seed}/${epoch}/${from}`);
        seen += indices.length;
        loss += result.loss * indices.length;
        right += result.right;
        await breathe(); // lets a Stop, a progress bar, another request through
      }
      if (signal?.aborted) stopped = 'interrupted';
      if (!seen) break;
      const judged = judge && !stopped ? await evaluate(head, judge) : undefined;
      const record: Epoch = {
        epoch,
        loss: loss / seen,
        accuracy: right / seen,
        ...(judged && { valLoss: judged.loss, valAccuracy: judged.accuracy.value }),
        seconds: (performance.now() - start) / 1000,
      };
      history.push(record);
      if (!Number.isFinite(record.loss)) {
        throw new Error(`fit: the loss became ${record.loss} in epoch ${epoch}. A lower learningRate than ${learningRate ?? 'this optimizer has'} may help.`);
      }
      if (!validation || record.valLoss === undefined || record.valLoss < best.loss) {
        tf.dispose(best.weights);
        const weights = restoreBest && record.valLoss !== undefined ? variables.map((v) => v.clone()) : [];
        best = { epoch, loss: record.valLoss ?? Infinity, weights };
      } else if (patience !== undefined && epoch - best.epoch >= patience) {
        stopped = 'early';
      }
      if (!signal?.aborted) await state?.save({ history, best, stopped });
      await onEpoch?.(record, history);
    }
    if (restoreBest) best.weights.forEach((weight, i) => variables[i].assign(weight));
  } finally {
    tf.dispose(best.weights);
    if (optimizer !== options.optimizer) optimizer.dispose();
  }
  return { epochs: history, learningRate, best: best.epoch, ...(stopped && { stopped }), seconds: (performance.now() - started) / 1000 };
}

/** How an epoch reads features: its own view of each image, where there are several. */
function readerOf({ features, labels }: LabelledFeatures, epoch: number, next: Random): (indices: Int32Array) => Float32Array {
  const { views, rowsOfViews, rowsOfEpoch } = features;
  if (rowsOfEpoch) return (indices) => rowsOfEpoch(indices, epoch);
  if (!views || views.length < 2 || !rowsOfViews) return (indices) => features.rows(indices);
  const drawn = Int32Array.from({ length: labels.length }, () => Math.floor(next() * views.length));
  return (indices) =>
    rowsOfViews(
      indices,
      Int32Array.from(indices, (i) => drawn[i]),
    );
}

/** Each image once, or so many draws with replacement. */
function orderOf(n: number, draws: number | undefined, next: Random): Int32Array {
  if (draws !== undefined) return Int32Array.from({ length: draws }, () => Math.floor(next() * n));
  return shuffle(Int32Array.from({ length: n }, (_, i) => i), next); // prettier-ignore
}

/** Sets the learning rate before each step. */
function scheduleRate({ schedule = 'constant' }: FitOptions, optimizer: tf.Optimizer, largest: number | undefined): (step: number, steps: number) => void {
  scheduled(schedule, 0, 1); // names the choices
  if (schedule === 'constant') return () => {};
  if (largest === undefined) throw new RangeError(`schedule: expected the optimizer by name; with one of your own the learning rate is its own.`);
  return (step, steps) => ((optimizer as unknown as { learningRate: number }).learningRate = largest * scheduled(schedule, step, steps));
}

/** Rows that the default learning rate is judged by. */
const SAMPLE = 256;

/**
 * Adam moves each weight by about its learning rate in a step, so a score by up to rate · Σ|x|. Keras' 0.001 is right for
 * features of a few units; with the 25,088 of VGG16's block5_pool (Σ|x| = 36,000) it makes training jump about, and costs
 * 3 points of test accuracy on 2,500 images of CIFAR-10.
 */
function chooseLearningRate({ optimizer = 'adam', learningRate }: FitOptions, { features }: LabelledFeatures): number | undefined {
  if (learningRate !== undefined && !(learningRate > 0)) throw new RangeError(`learningRate: expected a number above 0; got ${learningRate}.`);
  if (typeof optimizer !== 'string' || learningRate !== undefined) return learningRate;
  if (optimizer === 'sgd') return 0.01;
  const count = Math.min(SAMPLE, features.shape[0]);
  const sum = features.rows(Array.from({ length: count }, (_, i) => i)).reduce((total, value) => total + Math.abs(value), 0);
  return Math.min(0.001, Number((1 / Math.max(1, sum / count)).toPrecision(2)));
}

function makeOptimizer({ optimizer = 'adam' }: FitOptions, learningRate: number | undefined): tf.Optimizer {
  if (typeof optimizer !== 'string') return optimizer;
  if (optimizer === 'adam') return tf.train.adam(learningRate);
  if (optimizer === 'sgd') return tf.train.sgd(learningRate!);
  throw new RangeError(`optimizer: expected adam, sgd or a tf.Optimizer; got "${String(optimizer)}".`);
}
