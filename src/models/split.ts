import * as tf from '@tensorflow/tfjs';
import { backboneOf, type LayersBackbone } from './backbone.ts';
import { factsOf, noteFacts } from './facts.ts';
import { withKerasSummary } from './summary.ts';

/** A model in two: what never changes, and what trains. */
export interface Split {
  /** The longest run of leading layers that are frozen and give the same output every time. */
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
 * @param model a chain of layers, frozen as far as the backbone is to reach
 * @throws Error when nothing is frozen, nothing is left to train, or the layers are no chain
 */
export function split(model: tf.LayersModel): Split {
  const { frozen, head, cut } = splitLayers(model);
  return { backbone: backboneOf(frozen), head, cut };
}

/** As {@link split}, for a model that takes anything: both parts as models. */
export function splitLayers(model: tf.LayersModel): {
  readonly frozen: tf.LayersModel;
  readonly head: tf.LayersModel;
  readonly cut: string;
} {
  const { layers, outputs } = chainOf(model);
  const constant = (layer: tf.layers.Layer): boolean =>
    !RANDOM.has(layer.getClassName()) && (!layer.trainable || layer.weights.length === 0);
  let end = layers.findIndex((layer) => !constant(layer));
  if (end < 0)
    throw new Error(
      `split: all ${layers.length} layers of "${model.name}" are frozen; there is nothing to train. Add a classifier first.`,
    );
  while (end > 0 && layers[end - 1].getClassName() === 'Flatten') end--;
  if (end === 0)
    throw new Error(
      `split: the first layer of "${model.name}", "${layers[0].name}", trains or is random; freeze the layers to keep first.`,
    );
  const facts = factsOf(model);
  const cut = outputs[end - 1];
  const frozen = noteFacts(tf.model({ inputs: model.inputs, outputs: cut, name: model.name }), facts);
  const input = tf.input({ shape: cut.shape.slice(1), name: 'features' });
  const output = layers.slice(end).reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, input);
  const head = noteFacts(tf.model({ inputs: input, outputs: output, name: `${model.name}_head` }), facts);
  return { frozen: withKerasSummary(frozen), head: withKerasSummary(head), cut: layers[end - 1].name };
}

/**
 * A model's layers behind its input, with what each gives. A layer may serve in several models: these outputs are those
 * that follow from this one's own input.
 * @throws Error naming a layer that does not take just the one before
 */
export function chainOf(model: tf.LayersModel): {
  readonly layers: tf.layers.Layer[];
  readonly outputs: tf.SymbolicTensor[];
} {
  const layers = model.layers.slice(1);
  const outputs: tf.SymbolicTensor[] = [];
  layers.forEach((layer, i) => {
    const x = outputs[i - 1] ?? model.inputs[0];
    const node = layer.inboundNodes.find(({ inputTensors }) => inputTensors[0] === x);
    if (node?.inputTensors.length !== 1) {
      throw new Error(
        `split: expected layers that follow one another; "${layer.name}" does not take just "${model.layers[i].name}".`,
      );
    }
    outputs.push(node.outputTensors[0]);
  });
  return { layers, outputs };
}
