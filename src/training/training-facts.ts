import type * as tf from '@tensorflow/tfjs';
import { READING } from '../data/pictures/reading.ts';
import type { Features } from '../features/features.ts';
import { factsOf, modelAndHead, type ModelFacts, noteFacts, noteSeen, readingOf } from '../models/facts.ts';
import { fingerprint } from '../models/fingerprint.ts';
import type { Model } from '../models/model.ts';
import { OF_TRAINING } from '../options/options.mjs';
import { type FitOptions, withDefaults } from './fit-options.ts';
import { headLayers } from './steps/head-layers.ts';
import type { HeadChoice, TrainingFacts } from './history.ts';
import { dataFacts } from './data-facts.ts';

/** Notes in the model what it was trained on, and which pictures those were. */
export function noteTraining(
  model: Model,
  head: tf.LayersModel,
  { origin, classNames, name, contents }: Features,
  validation: Features | undefined,
): void {
  const judgedOn = validation ? validation.contents?.() : new Uint8Array(0);
  const seen = contents && judgedOn && { training: contents(), validation: judgedOn };
  const trained: ModelFacts['trained'] = origin && {
    base: origin.backbone.base,
    backbone: name.split('; ').at(-1)!,
    ...(origin.backbone.int8 && { int8: origin.backbone.int8 }),
    imageSize: origin.data.imageSize,
    ...(origin.data.fit && { fit: origin.data.fit }),
    // further training does not undo what it learnt before
    reading: readingOf(head) ?? READING,
  };
  const named = classNames.length === headLayers(head).classes ? classNames : undefined; // rows may lack the last classes
  for (const one of modelAndHead(model, head)) {
    noteSeen(one, seen);
    noteFacts(one, { classNames: factsOf(one)?.classNames ?? named, trained });
  }
}

/** Notes that a model was trained on its validation images too, once they had made their choice. */
export function noteTrainedOn(model: Model, head: tf.LayersModel, { contents }: Features): void {
  for (const one of modelAndHead(model, head)) noteSeen(one, contents && { training: contents() });
}

/** Gives a history's facts about a regression that was put into a head, which has neither dropout nor epochs. */
export function factsOfRegression(
  head: tf.LayersModel,
  train: Features,
  validation: Features,
  chosen: HeadChoice,
): TrainingFacts {
  return {
    head: fingerprint(head),
    layers: head.layers.slice(1).map(layerText).join(', '),
    dropout: 0,
    l2: 0,
    options: {},
    chosen,
    train: dataFacts(train),
    validation: dataFacts(validation),
  };
}

/** Gives a history's facts about a training in epochs, read from the objects that ran. */
export function factsOfTraining(
  head: tf.LayersModel,
  train: Features,
  validation: Features | undefined,
  options: FitOptions,
): TrainingFacts {
  const { optimizer, epochs, batchSize, seed } = withDefaults(options);
  const named = Object.fromEntries(
    OF_TRAINING.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
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
      epochs,
      batchSize,
      seed,
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
