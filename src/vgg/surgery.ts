import * as tf from '@tensorflow/tfjs';
import { describeOrigin, originOf } from './origin.ts';
import { withKerasSummary } from './summary.ts';

/**
 * The model without its last layer: for VGG, without the softmax `predictions`, as the original notebook does it.
 * (Keras' `include_top=False` drops the fully connected layers as well: that is `cutAt(model, 'block5_pool')`.)
 * @returns a model that shares its layers with the one given
 */
export function withoutTop(model: tf.LayersModel): tf.LayersModel {
  const last = model.layers.at(-2);
  if (!last || model.layers.length < 3) throw new RangeError(`withoutTop: expected a model of two layers or more; got "${model.name}".`);
  return cutAt(model, last.name);
}

/**
 * The model up to and including a named layer.
 * @param cut a layer's name, like `fc2` or `block5_pool`
 * @returns a model that shares its layers with the one given
 * @throws RangeError naming the layers there are
 */
export function cutAt(model: tf.LayersModel, cut: string): tf.LayersModel {
  const choices = model.layers.slice(1).map((layer) => layer.name);
  const layer = model.layers.find(({ name }) => name === cut);
  if (!layer || !choices.includes(cut)) {
    const last = choices.at(-1);
    const without = choices.includes('predictions') ? '' : ` ${model.name} without its top ends at "${last}".`;
    throw new RangeError(`cut: expected one of ${choices.join(', ')}; got "${cut}".${without}`);
  }
  const part = tf.model({ inputs: model.inputs, outputs: layer.output, name: model.name });
  return describeOrigin(withKerasSummary(part), originOf(model));
}

/**
 * Freezes a model's layers: their weights no longer train.
 * @param options.upTo the last layer to freeze; those after it are set to train @default all layers
 * @returns the same model
 * @throws RangeError naming the layers there are
 */
export function freeze(model: tf.LayersModel, { upTo }: { readonly upTo?: string } = {}): tf.LayersModel {
  const names = model.layers.map((layer) => layer.name);
  const last = upTo === undefined ? names.length - 1 : names.indexOf(upTo);
  if (last < 0) throw new RangeError(`upTo: expected one of ${names.slice(1).join(', ')}; got "${upTo}".`);
  model.layers.forEach((layer, i) => (layer.trainable = i > last));
  return model;
}

/**
 * Adds a classifier to a backbone: Flatten where the backbone ends in pictures, Dropout, Dense with softmax.
 * @param options.classes K, at least 2
 * @param options.dropout share of features set to 0 in each training step, 0 ≤ rate < 1; 0 adds no layer @default 0.5
 *
 * The new layer starts at zero, the usual start of a logistic regression: Glorot's random weights on VGG's large features
 * would be wrong guesses at the start (logits of ±8 on 25,088 features of VGG16, and 2.5 points of accuracy less).
 * @returns a model [n, S, S, 3] → [n, K] that shares the backbone's layers
 */
export function classifier(backbone: tf.LayersModel, { classes, dropout = 0.5 }: { readonly classes: number; readonly dropout?: number }): tf.LayersModel {
  if (!Number.isInteger(classes) || classes < 2) throw new RangeError(`classes: expected a whole number from 2; got ${classes}.`);
  if (!(dropout >= 0 && dropout < 1)) throw new RangeError(`dropout: expected a rate from 0 to below 1; got ${dropout}.`);
  let x = backbone.outputs[0];
  if (x.rank > 2) x = tf.layers.flatten({ name: 'flatten' }).apply(x) as tf.SymbolicTensor;
  if (dropout > 0) x = tf.layers.dropout({ name: 'dropout', rate: dropout }).apply(x) as tf.SymbolicTensor;
  x = tf.layers.dense({ name: 'dense', units: classes, activation: 'softmax', kernelInitializer: 'zeros' }).apply(x) as tf.SymbolicTensor;
  const model = tf.model({ inputs: backbone.inputs, outputs: x, name: `${backbone.name}_classifier` });
  return describeOrigin(withKerasSummary(model), originOf(backbone));
}

/** Where a VGG network is cut when nothing else is said: before the softmax, or without its top after the last pool. */
export const defaultCut = (model: tf.LayersModel): string => (model.layers.some(({ name }) => name === 'fc2') ? 'fc2' : model.layers.at(-1)!.name);
