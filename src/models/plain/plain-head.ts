import type * as tf from '@tensorflow/tfjs';
import { ownOf } from '../../host/own.ts';
import { camelCase } from '../keras/snake-case.ts';
import { KINDS } from './kinds.ts';
import { PlainLayer, type PlainValue } from './plain-layer.ts';
import { PlainModel } from './plain-model.ts';
import { PlainTensor } from './plain-tensor.ts';

/** A layer, as TensorFlow.js writes it into a model's topology. */
interface SavedLayer {
  readonly name: string;
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inbound_nodes: readonly (readonly (readonly unknown[])[])[];
}

interface SavedTopology {
  readonly config: {
    readonly name: string;
    readonly layers: readonly SavedLayer[];
    readonly input_layers: readonly unknown[];
    readonly output_layers: readonly unknown[];
  };
}

/**
 * Makes plain layers of a head that TensorFlow.js saved, if its layers follow one another and are of kinds that plain
 * layers know.
 * @param topology what `model.save` writes
 * @param specs names and shapes of the weights, in their order in `data`
 * @returns undefined for any other head, which TensorFlow.js has to load
 */
export function plainHead(
  topology: unknown,
  specs: readonly tf.io.WeightsManifestEntry[],
  data: ArrayBuffer,
): tf.LayersModel | undefined {
  try {
    return chain(topology as SavedTopology, weightsByName(specs, data)) as unknown as tf.LayersModel;
  } catch {
    return undefined; // TensorFlow.js says what is wrong, or can do it
  }
}

/** Which of its weights a kind of layer has, as TensorFlow.js names them. */
const WEIGHTS: Readonly<Record<string, readonly string[]>> = {
  Dense: ['kernel', 'bias'],
  BatchNormalization: ['gamma', 'beta', 'moving_mean', 'moving_variance'],
};

function chain({ config }: SavedTopology, weights: ReadonlyMap<string, PlainTensor>): PlainModel {
  const [input, ...layers] = config.layers;
  if (input.class_name !== 'InputLayer' || config.input_layers.length !== 1 || config.output_layers.length !== 1)
    throw new Error('expected one input and one output');
  let last = made(input).apply([]);
  const inputs = last;
  for (const saved of layers) {
    const from = saved.inbound_nodes.flat().map(([name]) => name);
    if (saved.inbound_nodes.length !== 1 || from.length !== 1 || from[0] !== last.sourceLayer.name)
      throw new Error('expected each layer to take the one before');
    last = filled(made(saved), last, weights);
  }
  return new PlainModel({ inputs, outputs: last, name: config.name });
}

function made({ class_name: kind, config, name }: SavedLayer): PlainLayer {
  if (!ownOf(KINDS, kind)) throw new Error(`expected a known kind of layer; got ${kind}`);
  // in Python's words: `data_format`, `channels_last`
  const settings = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      camelCase(key),
      typeof value === 'string' ? camelCase(value) : value,
    ]),
  );
  return new PlainLayer(kind, { ...settings, name });
}

function filled(layer: PlainLayer, to: PlainValue, weights: ReadonlyMap<string, PlainTensor>): PlainValue {
  const value = layer.apply(to);
  const names = (ownOf(WEIGHTS, layer.getClassName()) ?? []).map((name) => `${layer.name}/${name}`);
  const own = names.flatMap((name) => weights.get(name) ?? []);
  layer.setWeights(own); // refuses others
  return value;
}

function weightsByName(
  specs: readonly tf.io.WeightsManifestEntry[],
  data: ArrayBuffer,
): ReadonlyMap<string, PlainTensor> {
  let at = 0;
  return new Map(
    specs.map(({ name, shape, dtype, quantization }) => {
      if (dtype !== 'float32' || quantization) throw new Error('expected float32');
      const values = new Float32Array(
        data,
        at,
        shape.reduce((a, b) => a * b, 1),
      );
      at += values.byteLength;
      return [name, new PlainTensor(shape, values)];
    }),
  );
}
