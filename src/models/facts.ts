import type * as tf from '@tensorflow/tfjs';
import type { Fitting } from '../data/dataset.ts';
import { joinSeen, NONE_SEEN, type SeenPictures } from '../data/seen.ts';
import type { Interpolation } from '../pixels/interpolation.ts';
import type { Preprocessing } from '../pixels/preprocess.ts';
import type { Model } from './model.ts';

/**
 * What a model knows about itself beside its layers. It is kept in the model's own metadata, so it travels with the
 * model through surgery, saving and loading.
 */
export interface ModelFacts {
  /** The network that the pretrained layers come from: `vgg19`. */
  readonly network: string;
  /** What the network was trained to see; preprocessing belongs to the network, not to the data. */
  readonly preprocess: Preprocessing;
  /** How pictures are resized to the network's size. */
  readonly interpolation: Interpolation;
  /** Share of a photo's shorter side that the network was tested on. @default 0.875 */
  readonly cropFraction?: number;
  /** The file that the weights came from; null for random weights. */
  readonly weights: { readonly file: string; readonly bytes: number } | null;
  /** The names of a classifier's outputs, if they have names. */
  readonly classNames?: readonly string[];
  /** Names of the layers that were put on the pretrained ones. */
  readonly newLayers?: readonly string[];
  /** What the head was trained on, if it was trained. */
  readonly trained?: {
    /** The backbone's id in float32. */
    readonly base: string;
    /** The backbone in words. */
    readonly backbone: string;
    /** The calibration that the backbone computed in 8 bits with; undefined for float32. */
    readonly int8?: object;
    /** The size of the training pictures. */
    readonly imageSize?: readonly [height: number, width: number];
    /** How pictures of other sizes were resized to it. */
    readonly fit?: Fitting;
    /** How a seed set the test pictures apart, if it did. */
    readonly division?: { readonly seed: number; readonly testShare: number };
    /** How the pictures were read (`READING`). @default 1, for heads trained by earlier versions */
    readonly reading?: number;
  };
  /** What the scores are divided by before they become probabilities, if that was determined. */
  readonly temperature?: number;
}

/** The facts of a model that Graft did not build: it takes pictures as they are. */
export const UNKNOWN: ModelFacts = { network: '', preprocess: 'none', interpolation: 'bicubic', weights: null };

/** Adds facts to those that a model has, and returns the model; undefined ones are forgotten. */
export function noteFacts(model: tf.LayersModel, facts: Partial<ModelFacts> | undefined): tf.LayersModel {
  if (facts) {
    // metadata are JSON, which has no undefined
    const graft = JSON.parse(JSON.stringify({ ...factsOf(model), ...facts })) as ModelFacts;
    model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), graft });
  }
  return model;
}

/** Gives what a model knows about itself; undefined for a model that Graft did not build. */
export function factsOf(model: tf.LayersModel): ModelFacts | undefined {
  const { graft } = (model.getUserDefinedMetadata() ?? {}) as { graft?: Partial<ModelFacts> };
  return graft && { ...UNKNOWN, ...graft };
}

/** Says how the pictures that a model was trained on were read; undefined if it is not known to be trained. */
export const readingOf = (model: tf.LayersModel): number | undefined => {
  const { trained } = factsOf(model) ?? {};
  return trained && (trained.reading ?? 1);
};

/** Gives the number that a head's scores are divided by before they become probabilities. */
export const temperatureOf = (head: tf.LayersModel): number => factsOf(head)?.temperature ?? 1;

/** Gives a model the facts of another one, and the record of which pictures that one has seen. */
export function inheritFacts(model: tf.LayersModel, of: tf.LayersModel, own?: Partial<ModelFacts>): tf.LayersModel {
  const seen = SEEN.get(of);
  if (seen) SEEN.set(model, seen);
  const facts = factsOf(of);
  return noteFacts(model, facts || own ? { ...facts, ...own } : undefined);
}

/** Kept beside the facts, which are JSON and travel wherever a model goes; these records are of use only here. */
const SEEN = new WeakMap<tf.LayersModel, SeenPictures | 'unknown'>();

/**
 * Notes which pictures a model has seen, in addition to earlier ones.
 * @param more undefined if nobody knows which: from then on none is known
 */
export function noteSeen(model: tf.LayersModel, more: Partial<SeenPictures> | undefined): void {
  const before = SEEN.get(model) ?? (factsOf(model)?.trained ? 'unknown' : NONE_SEEN);
  SEEN.set(model, more && before !== 'unknown' ? joinSeen(before, more) : 'unknown');
}

/** Says which pictures a model was trained and validated on; undefined if that is not known. */
export function seenBy(model: tf.LayersModel): SeenPictures | undefined {
  const seen = SEEN.get(model);
  return seen === 'unknown' ? undefined : seen;
}

/** Gives a head and the whole model around it, if there is one: facts are noted of both. */
export const modelAndHead = (model: Model, head: tf.LayersModel): tf.LayersModel[] =>
  'layers' in model && model !== head ? [head, model] : [head];
