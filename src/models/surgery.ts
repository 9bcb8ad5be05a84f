import * as tf from '@tensorflow/tfjs';
import { inheritFacts } from './facts.ts';
import type { FileBackbone } from './file-backbone.ts';
import { addHead, buildHead, type HeadOptions } from './head.ts';
import { releaseWithLayers } from './release.ts';
import { withKerasSummary } from './summary.ts';
import { wiringOf } from './wiring.ts';
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
  const cuts = typeof cut === 'string' ? namesIn(cut, model) : cut;
  const outputs = cuts.map((name) => outputOf(model, name));
  const part = tf.model({
    inputs: model.inputs,
    outputs: outputs.length === 1 ? outputs[0] : averages(cuts, outputs),
    name: model.name,
  });
  return inheritFacts(withKerasSummary(part), model);
}

/** Separates the names of several cuts: TensorFlow.js allows it in a layer's name, and Keras uses it in none. */
const BETWEEN = '-';

function namesIn(cut: string, { layers }: tf.LayersModel): readonly string[] {
  const cuts = cut.split(BETWEEN);
  return cuts.every((one) => layers.some(({ name }) => name === one)) ? cuts : [cut];
}

function outputOf(model: tf.LayersModel, cut: string): tf.SymbolicTensor {
  const choices = model.layers.slice(1).map((layer) => layer.name);
  const layer = model.layers.find(({ name }) => name === cut);
  if (layer && choices.includes(cut)) return outputIn(model, layer);
  const last = choices.at(-1);
  const without = choices.includes('predictions') ? '' : ` ${model.name} without its top ends at "${last}".`;
  throw new RangeError(`cut: expected one of ${choices.join(', ')}; got "${cut}".${without}`);
}

/** Joins the global averages of several layers in one vector; outputs that are vectors already stay as they are. */
function averages(cuts: readonly string[], outputs: readonly tf.SymbolicTensor[]): tf.SymbolicTensor {
  if (!cuts.length || new Set(cuts).size < cuts.length)
    throw new RangeError(`cut: expected different layers; got "${cuts.join(BETWEEN)}".`);
  const pooled = outputs.map((output, i) =>
    output.shape.length === 4
      ? (tf.layers.globalAveragePooling2d({ name: `${cuts[i]}_avg` }).apply(output) as tf.SymbolicTensor)
      : output,
  );
  return tf.layers.concatenate({ name: cuts.join(BETWEEN) }).apply(pooled) as tf.SymbolicTensor;
}

/** Gives a layer's output in this model; the layer may also serve in others, with another output there. */
function outputIn(model: tf.LayersModel, layer: tf.layers.Layer): tf.SymbolicTensor {
  return wiringOf(model).find((wire) => wire.layer === layer)?.output ?? (layer.output as tf.SymbolicTensor);
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
 * Adds a classifier to a backbone: Flatten if the backbone ends in pictures, Dropout, Dense with softmax.
 * @param backbone layers, or `await onnxBackbone(file, …)`
 * @param options `classes`, their number or names, `dropout`, and the other options of {@link addHead}
 * @returns a model [n, S, S, 3] → [n, K] that shares the backbone's layers; for an ONNX file, the two parts
 * @example
 * const model = classifier(base, { classes: images.train.classNames, dropout: 0.5 });
 */
export function classifier(backbone: tf.LayersModel, options: HeadOptions): tf.LayersModel;
export function classifier(backbone: FileBackbone, options: HeadOptions): ModelParts<FileBackbone>;
export function classifier(
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
 * Says where a network is cut if nothing else is asked for: before the softmax that names its old classes (`fc2`,
 * `avg_pool`), or at its end if it has no top.
 */
export const defaultCut = (model: tf.LayersModel): string => withoutTop(model).layers.at(-1)!.name;
