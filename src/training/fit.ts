import type { Dataset } from '../data/dataset.ts';
import type { Features } from '../features/features.ts';
import { cellSignal } from '../host/host.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { checkData, likeThese } from './data.ts';
import { descend, type Given } from './descent.ts';
import { checkFitOptions, type FitOptions } from './fit-options.ts';
import { headLayers } from './steps/head-layers.ts';
import type { History } from './history.ts';
import { headAndFeatures } from './resolve.ts';
import { noteTemperature } from './evaluation/temperature.ts';
import { takeRegression } from './regression/take-regression.ts';
import { checkForRegression } from './regression/head-regression.ts';
import { noteTrainedOn, noteTraining } from './training-facts.ts';
import type { Model } from '../models/model.ts';

/**
 * Trains the trainable part of a model: mean cross-entropy, in a seeded order. The frozen part runs once for each
 * picture.
 * @param model a whole model, `withHead(freeze(withoutTop(await vgg19())), …)` say, with pictures or with features of
 *   its frozen part; or a head, ending in Dense with softmax, with its features. Its trainable weights change.
 * @param images a data set, or features [N, …]
 * @returns the history; the same seed, data and initial weights give the same
 * @throws RangeError if model and data don't fit, or an option is out of range
 * @example
 * const history = await fit(model, images.train, { epochs: 5, validation: images.test });
 */
export async function fit(model: Model, images: Dataset | Features, options: FitOptions = {}): Promise<History> {
  const signal = options.signal ?? cellSignal();
  const { head: kind = 'softmax' } = options;
  checkFitOptions(options);
  await useTensorFlow();
  const extract = { signal, progress: options.progress, ...options.extract };
  const resolved = await headAndFeatures(model, images, { what: 'fit', validation: options.validation, extract });
  const { head, train, validation } = resolved;
  const layers = headLayers(head);
  checkData(head, layers, train, 'fit', { like: likeThese(train) });
  if (validation) checkData(head, layers, validation, 'validation', { like: likeThese(train) });
  if (!head.trainableWeights.length) throw new Error(`fit: nothing in "${head.name}" is trainable.`);
  if (kind !== 'softmax') checkForRegression(head, layers, train);
  noteTemperature(model, head, undefined); // an earlier one was for other scores

  const again = async (): Promise<Features> => (await headAndFeatures(model, images, { what: 'fit', extract })).train;
  const given: Given = { head, layers, train, validation, again };
  const inEpochs = kind === 'regression' ? undefined : await descend(given, options, signal);
  if (inEpochs) noteTraining(model, head, train, validation);
  if (kind === 'softmax' || inEpochs?.stopped === 'interrupted') return inEpochs!;
  const history = await takeRegression(given, inEpochs, { signal, progress: options.progress });
  if (history.of.chosen?.head === 'regression') {
    if (!inEpochs) noteTraining(model, head, train, validation);
    noteTrainedOn(model, head, validation!);
  }
  return history;
}
