import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { shortPath } from '../../project.ts';
import { type LayersFile, readLayersFile } from '../../storage/weights/layers-file.ts';
import { parseLayers } from './parse-layers.ts';
import { type FoundWeight, plainNetwork } from './plain-network.ts';

/**
 * Reads a layers model of TensorFlow.js (`model.json` and the weights beside it) as plain layers.
 * @returns [n, S, S, 3] → the model's output
 * @throws Error naming the file, and what in it is not as expected: a graph model, a layer of one's own, damage
 */
export function readLayersModel(file: string): tf.LayersModel {
  const saved = readLayersFile(file);
  try {
    const { model_config: within } = saved.topology as { readonly model_config?: unknown };
    const weights = weightsByLayer(saved);
    return plainNetwork(
      path.basename(path.dirname(path.resolve(file))),
      parseLayers(within ?? saved.topology),
      (layer) => weights.get(layer.name),
    );
  } catch (cause) {
    throw new Error(
      `${shortPath(file)}: expected a layers model of TensorFlow.js that Graft can read; ${(cause as Error).message}.`,
      { cause },
    );
  }
}

/** The weights of a layer, in Keras' order. */
const ORDER = ['kernel', 'depthwise_kernel', 'bias', 'gamma', 'beta', 'moving_mean', 'moving_variance'];

/** Gives the weights by layer: they are named `block1_conv1/kernel`, with the models that a layer is in before it. */
function weightsByLayer({ specs, data }: LayersFile): ReadonlyMap<string, readonly FoundWeight[]> {
  const found = new Map<string, Map<number, FoundWeight>>();
  let at = 0;
  for (const { name, shape, dtype, quantization } of specs) {
    if (dtype !== 'float32' || quantization)
      throw new Error(
        `weight "${name}": expected float32; got ${quantization?.dtype ?? dtype}, converted with fewer bits`,
      );
    const [layer, kind] = name.split('/').slice(-2);
    const place = ORDER.indexOf(kind);
    const own = found.get(layer) ?? new Map<number, FoundWeight>();
    if (place < 0 || own.has(place))
      throw new Error(`weight "${name}": expected one of each of ${ORDER.join(', ')} for a layer; got another`);
    const values = new Float32Array(
      data,
      at,
      shape.reduce((a, b) => a * b, 1),
    );
    found.set(layer, own.set(place, { shape, read: () => values }));
    at += values.byteLength;
  }
  return new Map(
    [...found].map(([layer, own]) => [layer, [...own].sort(([a], [b]) => a - b).map(([, weight]) => weight)]),
  );
}
