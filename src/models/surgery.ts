import * as tf from '@tensorflow/tfjs';
import { cutWith } from './cut.ts';
import { inheritFacts } from './facts.ts';
import type { FileBackbone } from './file-backbone.ts';
import { addHead, buildHead, type HeadOptions } from './head.ts';
import { releaseWithLayers } from './release.ts';
import { withKerasSummary } from './summary.ts';
import type { ModelParts } from './model.ts';

/**
 * Gives the model without the layer that names its old classes: for VGG, without the softmax `predictions`, as the
 * original notebook does it. A model that has no such layer (one loaded without its top) is returned as it is.
 * (Keras' `include_top=False` drops the fully connected layers as well: that is `cutAt(model, 'block5_pool')`.)
 * @returns a model that shares its layers with the given one
 * @example
 * const network = withoutTop(await vgg19Mini());
 */
export function withoutTop(model: tf.LayersModel): tf.LayersModel {
  const [before, last] = model.layers.slice(-2);
  const names = last.getClassName() === 'Dense' && last.getConfig().activation === 'softmax';
  if (!names) return model;
  if (model.layers.length < 3)
    throw new RangeError(`withoutTop: expected layers before the softmax; "${model.name}" has none.`);
  return cutAt(model, before.name);
}

/**
 * Gives the model up to and including a named layer, or the averages over the picture at several layers, side by side.
 * @param cut a layer's name, like `fc2` or `block5_pool`; or several, as a list or as `block3_pool-block5_pool`
 * @returns a model that shares its layers with the given one; with several cuts [n, S, S, 3] → [n, ΣC]
 * @throws RangeError naming the model's layers
 * @example
 * const features = await extractFeatures(cutAt(base, 'block4_pool'), images.train);
 */
export function cutAt(model: tf.LayersModel, cut: string | readonly string[]): tf.LayersModel {
  return cutWith(tf, model, cut);
}

/**
 * Freezes a model's layers: their weights no longer train.
 * @param options.upTo the last layer to freeze; those after it are set to train @default all layers
 * @returns the same model
 * @throws RangeError naming the model's layers
 * @example
 * const network = freeze(await vgg19Mini(), { upTo: 'block4_pool' });
 */
export function freeze(model: tf.LayersModel, { upTo }: { readonly upTo?: string } = {}): tf.LayersModel {
  const names = model.layers.map((layer) => layer.name);
  const last = upTo === undefined ? names.length - 1 : names.indexOf(upTo);
  if (last < 0) throw new RangeError(`upTo: expected one of ${names.slice(1).join(', ')}; got "${upTo}".`);
  model.layers.forEach((layer, i) => (layer.trainable = i > last));
  return model;
}

/**
 * Puts a head on a backbone: Flatten if the backbone ends in pictures, Dropout, Dense with softmax.
 * @param backbone layers, or `await onnxBackbone(file, …)`
 * @param options `classes`, their number or names, `dropout`, and the other options of {@link addHead}
 * @returns a model [n, S, S, 3] → [n, K] that shares the backbone's layers; for an ONNX file, the two parts
 * @example
 * const model = withHead(base, { classes: images.train.classNames, dropout: 0.5 });
 */
export function withHead(backbone: tf.LayersModel, options: HeadOptions): tf.LayersModel;
export function withHead(backbone: FileBackbone, options: HeadOptions): ModelParts<FileBackbone>;
export function withHead(
  backbone: tf.LayersModel | FileBackbone,
  options: HeadOptions,
): tf.LayersModel | ModelParts<FileBackbone> {
  if ('kind' in backbone) return { backbone, head: buildHead(backbone.outputShape, options) };
  const model = tf.model({
    inputs: backbone.inputs,
    outputs: addHead(backbone.outputs[0], options),
    name: `${backbone.name}_classifier`,
  });
  const classNames = typeof options.classes === 'number' ? undefined : options.classes;
  return inheritFacts(withKerasSummary(releaseWithLayers(model)), backbone, {
    classNames,
    newLayers: model.layers.slice(backbone.layers.length).map(({ name }) => name),
  });
}

/**
 * Does what {@link withHead} does, which it was called before: a `Classifier` is what `classifierOf` gives.
 * @deprecated use `withHead`; this name goes with the next version
 * @example
 * const model = classifier(base, { classes: images.train.classNames });
 */
export const classifier: typeof withHead = withHead;

/**
 * Says where a network is cut if nothing else is asked for: before the softmax that names its old classes (`fc2`,
 * `avg_pool`), or at its end if it has no top.
 */
export const defaultCut = (model: tf.LayersModel): string => withoutTop(model).layers.at(-1)!.name;
