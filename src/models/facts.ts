import type * as tf from '@tensorflow/tfjs';
import type { Fitting } from '../data/dataset.ts';
import { joinSeen, NONE_SEEN, type SeenPictures } from '../data/seen.ts';
import type { Interpolation } from '../pixels/interpolation.ts';
import type { Preprocessing } from '../pixels/preprocess.ts';

/**
 * What a model knows of itself beside its layers. It stands in the model's own metadata, so it travels with the model
 * through surgery, saving and loading.
 */
export interface ModelFacts {
  /** The network that the pretrained layers come from: `vgg19`. */
  readonly network: string;
  /** What the network was trained to see; preprocessing belongs to the network, not to the data. */
  readonly preprocess: Preprocessing;
  /** How small pictures are brought to its size. */
  readonly interpolation: Interpolation;
  /** Share of a photo's shorter side that the network was tested on. @default 0.875 */
  readonly cropFraction?: number;
  /** The file that the weights came from; null for random weights. */
  readonly weights: { readonly file: string; readonly bytes: number } | null;
  /** Of a classifier's outputs, where they are named. */
  readonly classNames?: readonly string[];
  /** Layers that were put on the pretrained ones, by name. */
  readonly newLayers?: readonly string[];
  /** What the head was trained on, where it was. */
  readonly trained?: {
    /** The backbone's id in float32. */
    readonly base: string;
    /** It in words. */
    readonly backbone: string;
    /** What it computed in 8 bits with; undefined for float32. */
    readonly int8?: object;
    /** Of the training pictures. */
    readonly imageSize?: readonly [height: number, width: number];
    /** How those of other sizes were brought to it. */
    readonly fit?: Fitting;
    /** How a seed set the pictures to test on apart, where it did. */
    readonly division?: { readonly seed: number; readonly testShare: number };
    /** How its pictures were read (`READING`). @default 1, of what earlier versions trained */
    readonly reading?: number;
  };
  /** What its scores are divided by before they become probabilities, where that was looked for. */
  readonly temperature?: number;
}

/** Of a model that Graft did not build: pictures as they are. */
export const UNKNOWN: ModelFacts = { network: '', preprocess: 'none', interpolation: 'bicubic', weights: null };

/** Notes what is known of a model, beside what it knew, and returns the model; what is undefined is forgotten. */
export function noteFacts(model: tf.LayersModel, facts: Partial<ModelFacts> | undefined): tf.LayersModel {
  if (facts) {
    // metadata are JSON, which has no undefined
    const graft = JSON.parse(JSON.stringify({ ...factsOf(model), ...facts })) as ModelFacts;
    model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), graft });
  }
  return model;
}

/** What a model knows of itself; undefined for one that Graft did not build. */
export function factsOf(model: tf.LayersModel): ModelFacts | undefined {
  const { graft } = (model.getUserDefinedMetadata() ?? {}) as { graft?: Partial<ModelFacts> };
  return graft && { ...UNKNOWN, ...graft };
}

/** Which reading a model's pictures had in training; undefined where none is known to have been read. */
export const readingOf = (model: tf.LayersModel): number | undefined => {
  const { trained } = factsOf(model) ?? {};
  return trained && (trained.reading ?? 1);
};

/** Gives a model what another one knows of itself, and which pictures that one has seen. */
export function inheritFacts(model: tf.LayersModel, of: tf.LayersModel, own?: Partial<ModelFacts>): tf.LayersModel {
  const seen = SEEN.get(of);
  if (seen) SEEN.set(model, seen);
  const facts = factsOf(of);
  return noteFacts(model, facts || own ? { ...facts, ...own } : undefined);
}

/** Beside the facts, not among them: those are JSON and travel wherever a model goes, these are of no use but here. */
const SEEN = new WeakMap<tf.LayersModel, SeenPictures | 'unknown'>();

/**
 * Notes which pictures a model has seen, beside those that it had.
 * @param more undefined where nobody knows which: from then on none is known
 */
export function noteSeen(model: tf.LayersModel, more: Partial<SeenPictures> | undefined): void {
  const before = SEEN.get(model) ?? (factsOf(model)?.trained ? 'unknown' : NONE_SEEN);
  SEEN.set(model, more && before !== 'unknown' ? joinSeen(before, more) : 'unknown');
}

/** Which pictures a model was trained and validated on; undefined where that is not known. */
export function seenBy(model: tf.LayersModel): SeenPictures | undefined {
  const seen = SEEN.get(model);
  return seen === 'unknown' ? undefined : seen;
}
