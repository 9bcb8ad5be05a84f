import * as tf from '@tensorflow/tfjs';
import type { Interpolation } from './interpolation.ts';
import type { Preprocessing } from './preprocess.ts';
import { preprocess as preprocessPixels } from './preprocess-tensor.ts';
import { upscale } from './upscale.ts';

/**
 * Prepares pictures as a network takes them: resampled if they are not of its size, and preprocessed.
 * @param pixels [n, H, W, 3] uint8 RGB
 * @param shape n, H, W
 * @param options.size height and width of the network's input
 * @returns [n, size, size, 3] float32, which belongs to the caller
 */
export function networkInput(
  pixels: Uint8Array,
  [n, height, width]: readonly [number, number, number],
  {
    size,
    interpolation,
    preprocess,
  }: { readonly size: number; readonly interpolation: Interpolation; readonly preprocess: Preprocessing },
): tf.Tensor4D {
  return tf.tidy(() => {
    const rgb = tf.tensor4d(Int32Array.from(pixels), [n, height, width, 3], 'int32');
    const large =
      height === size && width === size ? rgb.toFloat<tf.Tensor4D>() : upscale(rgb, { size, interpolation });
    return preprocessPixels(large, preprocess);
  });
}
