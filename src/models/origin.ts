import type * as tf from '@tensorflow/tfjs';
import type { Preprocessing } from '../pixels/preprocess.ts';
import type { NetworkName } from './networks.ts';

/** Where a model's pretrained part comes from. It travels with the model through every surgery. */
export interface WeightsOrigin {
  readonly network: NetworkName;
  /** What the network was trained to see; preprocessing belongs to the network, not to the data. */
  readonly preprocess: Preprocessing;
  /** The file the weights came from; null for random weights. */
  readonly weights: { readonly file: string; readonly bytes: number } | null;
}

const origins = new WeakMap<tf.LayersModel, WeightsOrigin>();

/** Notes where a model's weights come from, and returns the model. */
export function describeOrigin(model: tf.LayersModel, origin: WeightsOrigin | undefined): tf.LayersModel {
  if (origin) origins.set(model, origin);
  return model;
}

/** Where the weights of a model come from; undefined for a model that Graft didn't build. */
export const originOf = (model: tf.LayersModel): WeightsOrigin | undefined => origins.get(model);
