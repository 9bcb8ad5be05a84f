import * as tf from '@tensorflow/tfjs';
import { randomBitsOf } from '../../random-bits.ts';
import type { Drop } from './forward.ts';
import type { HeadLayers } from './head-layers.ts';

/**
 * Applies inverted dropout (Srivastava et al., 2014) with masks that depend only on the step, on any backend.
 * TensorFlow.js' own layer drops the same positions in every step once it has a seed.
 * @param training names the step
 * @param done the layer whose dropout is already in the features: {@link dropInput}
 */
export const dropIn =
  (training: string, done?: tf.layers.Layer): Drop =>
  (layer, position, x) =>
    layer === done ? x : x.mul(tf.tensor(dropoutMask(x.size, rateOf(layer), `${training}/${position}`), x.shape));

/**
 * Drops from the features themselves, before they become a tensor, if Dropout is the head's first layer (after
 * Flatten): a mask of its own would be as large as the batch, and go to the native library beside it.
 * @param rows [b, …] float32, which is changed
 * @returns the layer that is done, if there is one
 */
export function dropInput({ hidden }: HeadLayers, rows: Float32Array, training: string): tf.layers.Layer | undefined {
  const i = hidden.findIndex(({ layer }) => layer.getClassName() !== 'Flatten');
  const first = hidden[i]?.layer;
  if (first?.getClassName() !== 'Dropout' || hidden.some(({ inputs }, k) => k > i && Math.min(...inputs) < i))
    return undefined;
  drop(rows, rateOf(first), `${training}/${i}`);
  return first;
}

const rateOf = (layer: tf.layers.Layer): number => layer.getConfig().rate as number;

/** @returns `size` values, 0 with probability `rate` (to 1/65,536), else 1 / (1 − rate) */
export const dropoutMask = (size: number, rate: number, seed: string): Float32Array =>
  drop(new Float32Array(size).fill(1), rate, seed);

function drop(values: Float32Array, rate: number, seed: string): Float32Array {
  const bits = randomBitsOf(seed)(values.length);
  const limit = Math.round(rate * 65_536);
  const kept = 1 / (1 - rate);
  // the sign bit instead of a branch, which would be mispredicted half of the time
  for (let i = 0; i < values.length; i++) values[i] *= ((limit - 1 - bits[i]) >>> 31) * kept;
  return values;
}
