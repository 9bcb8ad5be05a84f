import * as tf from '@tensorflow/tfjs';
import { backboneOf, type LayersBackbone } from './backbone.ts';
import { inheritFacts } from './facts.ts';
import type { ModelParts } from './model.ts';
import { withKerasSummary } from './summary.ts';
import { applyLayer, behind, bottlenecks, runWiring, type Wired, wiringOf } from './wiring.ts';

/** A model in two: what never changes, and what trains. */
export interface SplitModel extends ModelParts<LayersBackbone> {
  /**
   * The longest run of leading layers that are frozen and give the same output every time, up to a layer that everything
   * passes through: of a residual block all or nothing.
   */
  readonly backbone: LayersBackbone;
  /** From the first trainable or random layer on; takes the backbone's output. */
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
 * @param model frozen as far as the backbone is to reach
 * @throws Error when nothing is frozen, or nothing is left to train
 */
export function splitModel(model: tf.LayersModel): SplitModel {
  const { frozen, head, cut } = splitLayers(model);
  return { backbone: backboneOf(frozen), head, cut };
}

/**
 * The former name of {@link splitModel}: a split is one of pictures, into training and test.
 * @deprecated Use `splitModel`; this name goes with the next version.
 */
export function split(model: tf.LayersModel): SplitModel {
  return splitModel(model);
}

/** As {@link splitModel}, for a model that takes anything: both parts as models. */
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
