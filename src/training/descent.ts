import * as tf from '@tensorflow/tfjs';
import type { Features } from '../features/features.ts';
import { progressOf } from '../host/progress.ts';
import { DamagedRow } from '../storage/rows/row-set.ts';
import { held, openBatches } from './steps/batches.ts';
import { resolveClassWeights } from './class-weights.ts';
import { trainEpoch } from './steps/epoch.ts';
import { checkAverage, type FitOptions, withDefaults } from './fit-options.ts';
import { openState } from './fit-state.ts';
import type { HeadLayers } from './steps/head-layers.ts';
import { createHistory, type Epoch, type History } from './history.ts';
import { judge } from './evaluation/judge.ts';
import { chooseLearningRate, makeOptimizer, ratesOf } from './steps/optimizer.ts';
import { softmaxTrainer } from './softmax/softmax-trainer.ts';
import type { StepOptions } from './steps/step.ts';
import { tensorflowTrainer } from './steps/tensorflow-trainer.ts';
import type { Trainer } from './steps/trainer.ts';
import { factsOfTraining } from './training-facts.ts';

/** What a training works on, after it was checked. */
export interface Given {
  readonly head: tf.LayersModel;
  readonly layers: HeadLayers;
  readonly train: Features;
  readonly validation?: Features;
  /** Opens the training features again, if some turn out to be damaged. */
  readonly again: () => Promise<Features>;
}

/** Trains a head in epochs, by an optimizer that goes down the gradient of mean cross-entropy. */
export async function descend(
  { head, layers, train, validation, again }: Given,
  options: FitOptions,
  signal: AbortSignal | undefined,
): Promise<History> {
  const { epochs, batchSize, seed, mixup, labelSmoothing, emaMomentum } = withDefaults(options);
  checkAverage(options, train.labels.length);
  const { patience, restoreBest = false, draws, checkpoint, onEpoch } = options;
  const variables = head.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const learningRate = await chooseLearningRate(options, train);
  const optimizer = makeOptimizer(options, learningRate);
  const rates = ratesOf(options, optimizer, learningRate);
  const classWeights = resolveClassWeights(options.classWeights, train, layers.classes);
  const training = { head, layers, optimizer, variables, mixup, classWeights, labelSmoothing, emaMomentum };
  const trainer = await trainerOf(training, train, options, again);
  const judgedOn = validation && (await held(validation));
  const pass = { train, batchSize, draws, seed, epochs, rateAt: rates.ofStep, signal };
  const bar = onEpoch && options.progress === undefined ? undefined : progressOf(options.progress, 'epochs');
  const history: Epoch[] = [];
  const started = performance.now();
  let best = { epoch: 0, loss: Infinity, weights: [] as tf.Tensor[] };
  let stopped: History['stopped'];
  try {
    const state = checkpoint
      ? openState(checkpoint, head, { train, validation }, options, { variables, trainer, learningRate })
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
      const rate = rates.ofEpoch(history);
      const means = await trainEpoch(trainer, epoch, pass);
      if (signal?.aborted) stopped = 'interrupted';
      if (!means) break;
      if (!isFiniteTraining(means.loss, variables)) throw new Error(divergedText(epoch, means.loss, learningRate));
      const judged = judgedOn && !stopped ? await judge(head, judgedOn) : undefined;
      const record: Epoch = {
        epoch,
        ...means,
        ...(judged && { valLoss: judged.loss, valAccuracy: judged.accuracy.value }),
        ...(rate !== undefined && { learningRate: rate }),
        seconds: (performance.now() - start) / 1000,
      };
      history.push(record);
      if (!validation) best = { ...best, epoch };
      else if (record.valLoss === undefined) {
        // stopped within the epoch: nobody knows how good it is
      } else if (record.valLoss < best.loss) {
        tf.dispose(best.weights);
        best = { epoch, loss: record.valLoss, weights: restoreBest ? variables.map((v) => v.clone()) : [] };
      } else if (patience !== undefined && epoch - best.epoch >= patience) {
        stopped = 'early';
      }
      if (!signal?.aborted) await state?.save({ history, best, stopped });
      bar?.({ label: 'training', done: stopped === 'early' ? epochs : epoch, total: epochs, note: noteOf(record) });
      await onEpoch?.(record, history);
    }
  } finally {
    // whatever ended it: the best weights are kept even if the loss ran away
    if (restoreBest) best.weights.forEach((weight, i) => variables[i].assign(weight));
    trainer.end?.();
    tf.dispose(best.weights);
    if (optimizer !== options.optimizer) optimizer.dispose();
  }
  return createHistory({
    epochs: history,
    learningRate,
    best: best.epoch || history.length,
    ...(stopped && { stopped }),
    seconds: (performance.now() - started) / 1000,
    of: factsOfTraining(head, train, validation, options),
  });
}

/** Opens features for a training; if some turn out to be damaged, they are computed again, once. */
async function trainerOf(
  training: StepOptions,
  train: Features,
  options: FitOptions,
  again: () => Promise<Features>,
): Promise<Trainer> {
  const open = async (of: Features): Promise<Trainer> =>
    (await softmaxTrainer(training, of, options)) ??
    tensorflowTrainer(training, await openBatches(of), withDefaults(options).seed);
  try {
    return await open(train);
  } catch (error) {
    if (!(error instanceof DamagedRow)) throw error;
    return open(await again());
  }
}

/** Whether a training is finite; a step's loss is from before its update, so only the weights show the last update. */
const isFiniteTraining = (loss: number, variables: readonly tf.Variable[]): boolean =>
  Number.isFinite(loss) && tf.tidy(() => variables.every((one) => tf.all(tf.isFinite(one)).dataSync()[0]));

function divergedText(epoch: number, loss: number, learningRate: number | undefined): string {
  const what = Number.isFinite(loss) ? 'some weights are no longer finite after' : `the loss became ${loss} in`;
  return `fit: ${what} epoch ${epoch}. A lower learningRate than ${learningRate ?? 'this optimizer has'} may help.`;
}

function noteOf({ loss, accuracy, valAccuracy }: Epoch): string {
  const validation = valAccuracy === undefined ? '' : `, validation ${(100 * valAccuracy).toFixed(1)} %`;
  return `loss ${loss.toFixed(3)}, accuracy ${(100 * accuracy).toFixed(1)} %${validation}`;
}
