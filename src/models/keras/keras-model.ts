import type * as tf from '@tensorflow/tfjs';
import { ownOf } from '../../host/own.ts';
import type { KerasLayerWeights } from '../../storage/weights/write-keras-hdf5.ts';
import { layerOrder } from '../layer-order.ts';
import { flatWiringOf } from '../wiring.ts';
import { type Config, type Kind, KINDS } from '../plain/kinds.ts';
import { snakeCase, underscored } from './snake-case.ts';

/** A layer in Keras' words. */
export interface KerasLayer {
  readonly kind: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Positions of the layers that its inputs come from, each before its own. */
  readonly inputs: readonly number[];
  /** The output's shape, without the batch. */
  readonly shape: readonly number[];
  readonly weights: KerasLayerWeights['weights'];
}

/**
 * Writes layers as a functional model of Keras 3.
 * @param layers the input first, the output last
 * @returns the content of `config.json` (keras/src/models/functional.py, `get_config`), and the weights where Keras
 *   looks for them
 */
export function kerasModel(
  name: string,
  layers: readonly KerasLayer[],
): { readonly config: object; readonly weights: readonly KerasLayerWeights[] } {
  const tensor = (k: number): object => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, ...layers[k].shape], dtype: 'float32', keras_history: [layers[k].name, 0, 0] },
  });
  const described = layers.map(({ kind, name, config, inputs }) => ({
    module: 'keras.layers',
    class_name: kind,
    config: { ...config, name, dtype: 'float32' },
    registered_name: null,
    name,
    inbound_nodes: inputs.length
      ? [{ args: [inputs.length === 1 ? tensor(inputs[0]) : inputs.map(tensor)], kwargs: {} }]
      : [],
  }));
  const counts = new Map<string, number>();
  const weights = layerOrder([layers.length - 1], (k) => layers[k].inputs).flatMap((k) => {
    const kind = snakeCase(layers[k].kind);
    const number = counts.get(kind) ?? 0;
    counts.set(kind, number + 1);
    const { name, weights } = layers[k];
    return weights.length ? [{ key: number ? `${kind}_${number}` : kind, name, weights }] : [];
  });
  const end = (k: number): unknown[] => [layers.at(k)!.name, 0, 0];
  const config = { name, trainable: true, layers: described, input_layers: end(0), output_layers: end(-1) };
  return {
    config: { module: 'keras.src.models.functional', class_name: 'Functional', config, registered_name: 'Functional' },
    weights,
  };
}

/**
 * Adds a model's layers behind others, those of models within it in their place.
 * @param layers the layers so far, to which its own are added; the last one becomes its input
 * @param options.trainable whether Keras trains them
 * @throws Error naming the first one that Keras has no counterpart for; nothing is added then
 */
export function addKerasLayers(
  layers: KerasLayer[],
  model: tf.LayersModel,
  { trainable }: { readonly trainable: boolean },
): void {
  const start = layers.length;
  const names = new Set(layers.map(({ name }) => name));
  const twice = new Set<tf.layers.Layer>();
  const added = flatWiringOf(model).map(({ layer, inputs, output }): KerasLayer => {
    if (twice.has(layer)) throw new Error(`keras: layer "${layer.name}" is used twice, with the same weights.`);
    twice.add(layer);
    const config = configOf(layer);
    return {
      kind: layer.getClassName(),
      name: newName(layer.name, names),
      config: { ...config, trainable },
      inputs: inputs.map((k) => start + k),
      shape: (output.shape as number[]).slice(1),
      weights: layer.getWeights().map((weight) => ({
        shape: weight.shape,
        values: weight.dataSync<'float32'>(),
      })),
    };
  });
  layers.push(...added);
}

function configOf(layer: tf.layers.Layer): Record<string, unknown> {
  const kind = layer.getClassName();
  const given = layer.getConfig() as Record<string, unknown>;
  const known = ownOf(KINDS, kind);
  if (!known)
    throw new Error(`keras: layer "${layer.name}" (${kind}): expected one of ${Object.keys(KINDS).join(', ')}.`);
  const { activation } = given;
  if (activation !== undefined && !KERAS_ACTIVATIONS.includes(activation as string))
    throw new Error(
      `keras: layer "${layer.name}": expected activation ${KERAS_ACTIVATIONS.join(', ')}; got ${JSON.stringify(activation)}.`,
    );
  const { name: _, ...options } = given;
  const config = Object.entries(settingsOf(layer.name, known, options)).flatMap(([option, value]) =>
    value === undefined ? [] : [[underscored(option), value === 'channelsLast' ? 'channels_last' : value]],
  );
  const { config: decay } = (given.kernelRegularizer ?? {}) as { readonly config?: object };
  return {
    ...(Object.fromEntries(config) as Config),
    ...(decay && { kernel_regularizer: { ...L1L2, config: decay } }),
  };
}

function settingsOf(name: string, { config }: Kind, given: Record<string, unknown>): Config {
  try {
    return config(given);
  } catch (cause) {
    throw new Error(`keras: layer "${name}": ${(cause as Error).message}`, { cause });
  }
}

/** The activations that Keras and TensorFlow.js have under one name, and ONNX has too. */
export const KERAS_ACTIVATIONS = ['linear', 'relu', 'relu6', 'sigmoid', 'swish', 'tanh', 'softmax'];

const L1L2 = { module: 'keras.regularizers', class_name: 'L1L2', registered_name: null };

/** Two layers of one name are refused by Keras. */
function newName(name: string, names: Set<string>): string {
  let free = name;
  for (let i = 1; names.has(free); i++) free = `${name}_${i}`;
  names.add(free);
  return free;
}
