import { setImmediate as breathe } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import type { ExtractOptions } from '../features/extract.ts';
import type { Features } from '../features/features.ts';
import { cellSignal } from '../host/host.ts';
import { type ProgressOption, progressOf } from '../host/progress.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { factsOf, type ModelFacts, noteFacts } from '../models/facts.ts';
import { fingerprint } from '../models/fingerprint.ts';
import { random, shuffle, type Random } from '../random.ts';
import { DamagedRow } from '../storage/row-set.ts';
import { type Batches, labelsAt, openBatches } from './batches.ts';
import { checkData, likeThese } from './data.ts';
import { evaluate } from './evaluate.ts';
import { openState } from './fit-state.ts';
import { headLayers } from './forward.ts';
import { createHistory, type Epoch, type History, type TrainingFacts } from './history.ts';
import { chooseLearningRate, makeOptimizer, scheduleRate } from './optimizer.ts';
import { dataFacts, headAndFeatures, type Trainable } from './resolve.ts';
import type { Schedule } from './schedule.ts';
import { step } from './step.ts';

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
  /**
   * How the learning rate goes over all steps; with a `tf.Optimizer` of one's own it has to be constant. @default
   * 'constant'
   */
  readonly schedule?: Schedule;
  /**
   * Draws this many images an epoch at random, with replacement, instead of taking each once: as the original notebook
   * did with 12,500. @default every image once
   */
  readonly draws?: number;
  /**
   * Mixes each image's features and label with those of another one of its batch, in shares from Beta(α, α), 0..1 (H.
   * Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2018, on features). Training accuracy then counts the
   * image with its own label only. @default 0
   */
  readonly mixup?: number;
  /** Judged after every epoch, and never trained on: features, or pictures where the training has pictures. */
  readonly validation?: Features | Dataset;
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
  /** Where pictures come in: how their features are extracted. */
  readonly extract?: ExtractOptions;
  /** Called after every epoch; a promise is waited for. */
  readonly onEpoch?: (epoch: Epoch, history: readonly Epoch[]) => void | Promise<void>;
  /**
   * A bar of its own in a notebook and on a terminal, false for none, or a function. @default a bar, where nobody asks
   * for epochs
   */
  readonly progress?: ProgressOption;
  /** Ends training after the step in flight; the weights so far are kept. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/**
 * Trains what is trainable in a model: mean cross-entropy, in a seeded order. The frozen part runs once for each
 * picture.
 * @param model a whole model, `classifier(freeze(withoutTop(await vgg19())), …)` say, with pictures or with features of
 *   its frozen part; or a head, ending in Dense with softmax, with its features. Its trainable weights change.
 * @param images a data set, or features [N, …]
 * @returns the history; the same seed, data and initial weights give the same
 * @throws RangeError when model and data don't fit, or an option is out of range
 */
export async function fit(model: Trainable, images: Dataset | Features, options: FitOptions = {}): Promise<History> {
  const {
    epochs = 20,
    batchSize = 32,
    patience,
    restoreBest = false,
    seed = 1,
    draws,
    mixup = 0,
    checkpoint,
    onEpoch,
  } = options;
  const signal = options.signal ?? cellSignal();
  checkOptions(options);
  await useTensorFlow();
  const extract = { signal, progress: options.progress, ...options.extract };
  const given = await headAndFeatures(model, images, { validation: options.validation, extract });
  const { head, train, validation } = given;
  const layers = headLayers(head);
  checkData(head, layers, train, 'fit', { like: likeThese(train) });
  if (validation) checkData(head, layers, validation, 'validation', { like: likeThese(train) });
  const variables = head.trainableWeights.map((weight) => weight.read() as tf.Variable);
  if (!variables.length) throw new Error(`fit: nothing in "${head.name}" is trainable.`);

  const source = await opened(train, async () => (await headAndFeatures(model, images, { extract })).train);
  const learningRate = await chooseLearningRate(options, train);
  const optimizer = makeOptimizer(options, learningRate);
  const rateAt = scheduleRate(options, optimizer, learningRate);
  const bar = onEpoch && options.progress === undefined ? undefined : progressOf(options.progress, 'epochs');
  const history: Epoch[] = [];
  const started = performance.now();
  let best = { epoch: 0, loss: Infinity, weights: [] as tf.Tensor[] };
  let stopped: History['stopped'];
  const perEpoch = Math.ceil((draws ?? train.labels.length) / batchSize);
  try {
    const state = checkpoint
      ? openState(checkpoint, head, { train, validation }, options, { variables, optimizer, learningRate })
      : undefined;
    const kept = await state?.load();
    if (kept) {
      history.push(...kept.history);
      best = { epoch: kept.best.epoch, loss: kept.best.loss ?? Infinity, weights: kept.weights };
      if (kept.stopped) stopped = kept.stopped;
    }
    bar?.({ label: 'training', done: history.length, total: epochs });
    for (let epoch = history.length + 1; epoch <= epochs && !stopped; epoch++) {
      const start = performance.now();
      const rowsOf = source.ofEpoch(epoch, random(seed, `views/${epoch}`));
      const order = orderOf(train.labels.length, draws, random(seed, `order/${epoch}`));
      let seen = 0;
      let loss = 0;
      let right = 0;
      for (let from = 0; from < order.length && !signal?.aborted; from += batchSize) {
        const indices = order.subarray(from, from + batchSize);
        rateAt((epoch - 1) * perEpoch + from / batchSize, epochs * perEpoch);
        const batch = { rows: await rowsOf(indices), shape: source.shape, labels: labelsAt(train, indices) };
        const result = step({ head, layers, optimizer, variables, mixup }, batch, `${seed}/${epoch}/${from}`);
        seen += indices.length;
        loss += result.loss * indices.length;
        right += result.right;
        await breathe(); // lets a Stop, a progress bar, another request through
      }
      if (signal?.aborted) stopped = 'interrupted';
      if (!seen) break;
      const judged = validation && !stopped ? await evaluate(head, validation) : undefined;
      const record: Epoch = {
        epoch,
        loss: loss / seen,
        accuracy: right / seen,
        ...(judged && { valLoss: judged.loss, valAccuracy: judged.accuracy.value }),
        seconds: (performance.now() - start) / 1000,
      };
      history.push(record);
      if (!Number.isFinite(record.loss)) {
        const rate = learningRate ?? 'this optimizer has';
        throw new Error(
          `fit: the loss became ${record.loss} in epoch ${epoch}. A lower learningRate than ${rate} may help.`,
        );
      }
      if (!validation || record.valLoss === undefined || record.valLoss < best.loss) {
        tf.dispose(best.weights);
        const weights = restoreBest && record.valLoss !== undefined ? variables.map((v) => v.clone()) : [];
        best = { epoch, loss: record.valLoss ?? Infinity, weights };
      } else if (patience !== undefined && epoch - best.epoch >= patience) {
        stopped = 'early';
      }
      if (!signal?.aborted) await state?.save({ history, best, stopped });
      bar?.({ label: 'training', done: stopped === 'early' ? epochs : epoch, total: epochs, note: noteOf(record) });
      await onEpoch?.(record, history);
    }
    if (restoreBest) best.weights.forEach((weight, i) => variables[i].assign(weight));
  } finally {
    tf.dispose(best.weights);
    if (optimizer !== options.optimizer) optimizer.dispose();
  }
  noteTraining(model, head, train);
  return createHistory({
    epochs: history,
    learningRate,
    best: best.epoch,
    ...(stopped && { stopped }),
    seconds: (performance.now() - started) / 1000,
    of: factsOfTraining(head, train, validation, options),
  });
}

function checkOptions({
  epochs = 20,
  batchSize = 32,
  patience,
  draws,
  mixup = 0,
  restoreBest,
  validation,
}: FitOptions): void {
  for (const [name, value] of Object.entries({ epochs, batchSize, patience: patience ?? 1, draws: draws ?? 1 })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name}: expected a whole number from 1; got ${value}.`);
  }
  if (!(mixup >= 0 && mixup <= 1)) throw new RangeError(`mixup: expected a number from 0 to 1; got ${mixup}.`);
  if ((patience !== undefined || restoreBest) && !validation)
    throw new RangeError('patience, restoreBest: expected validation data to judge by; got none.');
}

/** Opens features; where they turn out to be damaged, what is damaged is computed again, once. */
async function opened(train: Features, again: () => Promise<Features>): Promise<Batches> {
  try {
    return await openBatches(train);
  } catch (error) {
    if (!(error instanceof DamagedRow)) throw error;
    return openBatches(await again());
  }
}

/** Each image once, or so many draws with replacement. */
function orderOf(n: number, draws: number | undefined, next: Random): Int32Array {
  if (draws !== undefined) return Int32Array.from({ length: draws }, () => Math.floor(next() * n));
  return shuffle(
    Int32Array.from({ length: n }, (_, i) => i),
    next,
  );
}

function noteOf({ loss, accuracy, valAccuracy }: Epoch): string {
  const validation = valAccuracy === undefined ? '' : `, validation ${(100 * valAccuracy).toFixed(1)} %`;
  return `loss ${loss.toFixed(3)}, accuracy ${(100 * accuracy).toFixed(1)} %${validation}`;
}

/** The model knows from now on what it was trained on. */
function noteTraining(model: Trainable, head: tf.LayersModel, { origin, classNames, name }: Features): void {
  const trained: ModelFacts['trained'] = origin && {
    base: origin.backbone.base,
    backbone: name.split('; ').at(-1)!,
    ...(origin.backbone.int8 && { int8: origin.backbone.int8 }),
    imageSize: origin.data.imageSize,
  };
  const named = classNames.length === headLayers(head).classes ? classNames : undefined; // rows may lack the last classes
  for (const one of 'layers' in model && model !== head ? [head, model] : [head])
    noteFacts(one, { classNames: factsOf(one)?.classNames ?? named, trained });
}

/** Options of a training that a record names. */
const NAMED = [
  'epochs',
  'batchSize',
  'learningRate',
  'schedule',
  'draws',
  'mixup',
  'patience',
  'restoreBest',
  'seed',
] as const;

function factsOfTraining(
  head: tf.LayersModel,
  train: Features,
  validation: Features | undefined,
  options: FitOptions,
): TrainingFacts {
  const { optimizer = 'adam' } = options;
  const named = Object.fromEntries(
    NAMED.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
  const config = (kind: string): Record<string, unknown> | undefined => {
    const layer = head.layers.findLast((one) => one.getClassName() === kind);
    return layer?.getConfig();
  };
  const regularizer = config('Dense')?.kernelRegularizer as { config?: { l2?: number } } | null | undefined;
  return {
    head: fingerprint(head),
    layers: head.layers.slice(1).map(layerText).join(', '),
    dropout: (config('Dropout')?.rate as number | undefined) ?? 0,
    l2: regularizer?.config?.l2 ?? 0,
    options: {
      epochs: 20,
      batchSize: 32,
      seed: 1,
      ...named,
      optimizer: typeof optimizer === 'string' ? optimizer : optimizer.getClassName(),
    },
    train: dataFacts(train),
    ...(validation && { validation: dataFacts(validation) }),
  };
}

function layerText(layer: tf.layers.Layer): string {
  const { rate, units, filters } = layer.getConfig() as { rate?: number; units?: number; filters?: number };
  return [layer.getClassName(), rate ?? units ?? filters].filter((part) => part !== undefined).join(' ');
}
