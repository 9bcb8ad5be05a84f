import * as tf from '@tensorflow/tfjs';
import { backboneOf, type LayersBackbone } from './backbone.ts';
import { inheritFacts } from './facts.ts';
import type { ModelParts } from './model.ts';
import { withKerasSummary } from './summary.ts';
import { applyLayer, behind, bottlenecks, runWiring, type Wired, wiringOf } from './wiring.ts';

/** A model in two parts: one that never changes, and one that trains. */
export interface SplitModel extends ModelParts<LayersBackbone> {
  /**
   * The longest run of leading layers that are frozen and give the same output every time, up to a layer that
   * everything passes through: a residual block belongs to it as a whole or not at all.
   */
  readonly backbone: LayersBackbone;
  /** The layers from the first trainable or random one on; takes the backbone's output. */
  readonly head: tf.LayersModel;
  /** The backbone's last layer, like `fc2` or `block5_pool`. */
  readonly cut: string;
}

/** Layers that behave differently in training even when they have no weights to train. */
const RANDOM = new Set([
  'Dropout',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
]);

/**
 * Splits a model into backbone and head. The head's layers are the model's own, so training the head trains the model.
 * A Flatten right before the head goes to the head: it costs nothing there, and features keep their spatial shape.
 * @param model a model that is frozen up to where the backbone is to end
 * @throws Error if nothing is frozen, or nothing is left to train
 * @example
 * const { backbone, head, cut } = splitModel(model);
 */
export function splitModel(model: tf.LayersModel): SplitModel {
  const { frozen, head, cut } = splitLayers(model);
  return { backbone: backboneOf(frozen), head, cut };
}

/**
 * The former name of {@link splitModel}: "split" now means a split of pictures into training and test.
 * @deprecated Use `splitModel`; this name goes with the next version.
 * @example
 * const { backbone, head } = split(model); // now: splitModel(model)
 */
export function split(model: tf.LayersModel): SplitModel {
  return splitModel(model);
}

/** Splits a model as {@link splitModel} does, but one with any input; gives both parts as models. */
export function splitLayers(model: tf.LayersModel): {
  readonly frozen: tf.LayersModel;
  readonly head: tf.LayersModel;
  readonly cut: string;
} {
  const wires = wiringOf(model);
  const constant = ({ layer }: Wired): boolean =>
    !RANDOM.has(layer.getClassName()) && (!layer.trainable || layer.weights.length === 0);
  const end = wires.findIndex((wire) => !constant(wire));
  if (end < 0)
    throw new Error(
      `splitModel: all ${wires.length} layers of "${model.name}" are frozen; there is nothing to train. Add a classifier first.`,
    );
  const isFlatten = (position: number): boolean => wires[position].layer.getClassName() === 'Flatten';
  const position = bottlenecks(wires).findLast((i) => i < end && !isFlatten(i));
  if (position === undefined)
    throw new Error(
      `splitModel: the first layer of "${model.name}", "${wires[0].layer.name}", trains or is random; freeze the layers to keep first.`,
    );
  const { layer, output: cut } = wires[position];
  const frozen = inheritFacts(tf.model({ inputs: model.inputs, outputs: cut, name: model.name }), model);
  const input = tf.input({ shape: cut.shape.slice(1), name: 'features' });
  const output = runWiring(behind(wires, position), input, (one, inputs) => applyLayer(one, inputs));
  const head = inheritFacts(tf.model({ inputs: input, outputs: output, name: `${model.name}_head` }), model);
  return { frozen: withKerasSummary(frozen), head: withKerasSummary(head), cut: layer.name };
}
