import type * as tf from '@tensorflow/tfjs';
import { sha256 } from '../storage/files/hash.ts';
import { wiringOf } from './wiring.ts';

/**
 * Names the function that a model computes: its layers' settings, weights and connections, regardless of the layers'
 * names and of whether they train.
 * @returns SHA-256, hexadecimal
 */
export function fingerprint(model: tf.LayersModel): string {
  const parts: string[] = [];
  for (const layer of model.layers) {
    parts.push(JSON.stringify([layer.getClassName(), layerConfig(layer)]));
    for (const weight of layer.getWeights()) parts.push(JSON.stringify(weight.shape), sumOf(weight));
  }
  const inputs = wiringOf(model).map((wire) => wire.inputs);
  // layers in a plain sequence have always been named without this, and keep their names
  if (inputs.some((positions, i) => positions.join() !== String(i - 1))) parts.push(JSON.stringify(inputs));
  return sha256(parts.join('\n'));
}

/** Gives a layer's configuration without its name and without settings that matter only before training. */
export function layerConfig(layer: tf.layers.Layer): Readonly<Record<string, unknown>> {
  const { name: _, trainable: __, ...config } = layer.getConfig() as Record<string, unknown>;
  // a loaded layer lists settings that are not set, a new one does not
  const matters = ([key, value]: [string, unknown]): boolean =>
    value !== null && value !== undefined && !/Initializer|Regularizer|Constraint/.test(key);
  return Object.fromEntries(Object.entries(config).filter(matters));
}

/** Checksums by a tensor's values, which never change; a weight that is set anew refers to other values. */
const sums = new WeakMap<object, string>();

function sumOf(weight: tf.Tensor): string {
  const known = sums.get(weight.dataId);
  if (known) return known;
  const values = weight.dataSync();
  const sum = sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  sums.set(weight.dataId, sum);
  return sum;
}
