import type * as tf from '@tensorflow/tfjs';
import { ownOf } from '../../host/own.ts';
import { type Config, KINDS } from '../plain/kinds.ts';
import { PlainLayer, type PlainValue } from '../plain/plain-layer.ts';
import { PlainModel } from '../plain/plain-model.ts';
import { PlainTensor } from '../plain/plain-tensor.ts';
import { KERAS_ACTIVATIONS } from './keras-model.ts';
import type { ParsedLayer } from './parse-layers.ts';
import { camelCase } from './snake-case.ts';

/** A weight in a file: its shape is known before its values are read. */
export interface FoundWeight {
  readonly shape: readonly number[];
  read(): Float32Array;
}

/**
 * Makes plain layers of what a file describes, with their weights. Shapes are checked before any value is read, so that
 * no description makes it allocate what the file does not hold.
 * @param weightsOf finds a layer's weights, in Keras' order
 * @throws Error, without a file's name, naming the layer that cannot be had
 */
export function plainNetwork(
  name: string,
  layers: readonly ParsedLayer[],
  weightsOf: (layer: ParsedLayer) => readonly FoundWeight[] | undefined,
): tf.LayersModel {
  const values: PlainValue[] = [];
  const names = new Set<string>();
  const pending: { readonly layer: PlainLayer; readonly found: readonly FoundWeight[] }[] = [];
  for (const parsed of layers) {
    const layer = within(parsed, () => made(parsed, names));
    values.push(within(parsed, () => layer.apply(parsed.inputs.map((k) => values[k]))));
    if (!layer.weights.length) continue;
    const found = weightsOf(parsed);
    const [expected, got] = [layer.weights, found].map((all) =>
      all?.map(({ shape }) => `[${shape.join(', ')}]`).join(' '),
    );
    if (got !== expected)
      throw new Error(`layer "${parsed.name}": expected weights ${expected}; the file has ${got ?? 'none'}`);
    pending.push({ layer, found: found! });
  }
  for (const { layer, found } of pending)
    layer.setWeights(found.map((weight) => new PlainTensor(weight.shape, weight.read())));
  const [inputs, outputs] = [values[0], values.at(-1)!];
  return new PlainModel({ inputs, outputs, name }) as unknown as tf.LayersModel;
}

function within<T>({ name, kind }: ParsedLayer, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new Error(`layer "${name}" (${kind}): ${(cause as Error).message}`, { cause });
  }
}

function made({ kind, name, config }: ParsedLayer, names: Set<string>): PlainLayer {
  if (!ownOf(KINDS, kind)) throw new Error(`expected one of ${Object.keys(KINDS).join(', ')}`);
  let free = name;
  for (let i = 1; names.has(free); i++) free = `${name}_${i}`;
  names.add(free);
  if (kind === 'InputLayer') return new PlainLayer(kind, { name: free, batchInputShape: pictureShape(config) });
  const settings = Object.entries(config).flatMap(([key, value]) =>
    isNeutral(key, value) ? [] : [[camelCase(key), inOwnWords(key, value)]],
  );
  const layer = new PlainLayer(kind, { ...(Object.fromEntries(settings) as Config), name: free });
  checkSettings(layer);
  return layer;
}

/** Checks that numbers are numbers: what is computed with them would be wrong without a word, or not end. */
function checkSettings(layer: PlainLayer): void {
  const { activation = 'linear' } = layer.getConfig();
  if (!KERAS_ACTIVATIONS.includes(activation as string))
    throw new Error(`expected activation ${KERAS_ACTIVATIONS.join(', ')}; got ${JSON.stringify(activation)}`);
  const sizes = ['filters', 'units', 'kernelSize', 'strides', 'poolSize', 'dilationRate', 'depthMultiplier'];
  for (const [key, value] of Object.entries(layer.getConfig())) {
    const right =
      key === 'padding' && Array.isArray(value)
        ? value.length === 2 && value.flat().length === 4 && value.flat().every((n) => Number.isInteger(n) && n >= 0)
        : sizes.includes(key)
          ? [value].flat().length <= 2 && [value].flat().every((n) => Number.isInteger(n) && (n as number) > 0)
          : key === 'padding'
            ? value === 'same' || value === 'valid'
            : ['scale', 'offset'].includes(key) && layer.getClassName() === 'Rescaling'
              ? Number.isFinite(value)
              : true;
    if (!right) throw new Error(`${key}: expected another value; got ${JSON.stringify(value)}`);
  }
}

/** Options of other layers, or of training alone, at the values at which they change nothing. */
function isNeutral(key: string, value: unknown): boolean {
  if (value === null || value === false) return key !== 'center' && key !== 'scale' && key !== 'use_bias';
  if (['negative_slope', 'threshold'].includes(key)) return value === 0;
  return (key === 'groups' && value === 1) || key === 'renorm_momentum' || key === 'dtype' || key === 'seed';
}

/** Gives a value in TensorFlow.js' words: `channelsLast`, `swish`. */
function inOwnWords(key: string, value: unknown): unknown {
  if (key === 'axis' && Array.isArray(value) && value.length === 1) return value[0]; // Keras 2
  if (value === 'channels_last' || value === 'channels_first') return camelCase(value);
  if (value === 'silu') return 'swish';
  return value;
}

function pictureShape({ batch_input_shape: shape }: ParsedLayer['config']): unknown {
  const [batch, height, width, channels] = (Array.isArray(shape) ? shape : []) as unknown[];
  const square = Number.isInteger(height) && height === width && (height as number) > 0 && (height as number) <= 4096;
  if (!square || channels !== 3 || (batch !== null && batch !== undefined && !Number.isInteger(batch)))
    throw new Error(`expected pictures [null, S, S, 3] of a fixed size; got ${JSON.stringify(shape) ?? 'nothing'}`);
  return [null, height, width, 3];
}
