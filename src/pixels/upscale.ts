import * as tf from '@tensorflow/tfjs';
import { type Interpolation, resampleMatrix, roundsBetween } from './interpolation.ts';

/**
 * Resamples a batch to a square, on whatever backend TensorFlow.js uses: two matrix products, R · X · Rᵀ.
 * @param rgb [n, H, W, 3], 0..255
 * @param options.size height and width of the result, in pixels
 * @param options.interpolation @default 'bicubic'
 * @param options.round gives whole values (half to even) clipped to 0..255, as OpenCV does for uint8 @default true
 * @returns [n, size, size, 3] float32, 0..255, which belongs to the caller
 */
export function upscale(
  rgb: tf.Tensor4D,
  {
    size,
    interpolation = 'bicubic',
    round = true,
  }: { readonly size: number; readonly interpolation?: Interpolation; readonly round?: boolean },
): tf.Tensor4D {
  const [, height, width] = rgb.shape;
  return tf.tidy(() => {
    const down = tf.tensor2d(resampleMatrix(height, size, interpolation), [size, height]);
    const across = tf.tensor2d(resampleMatrix(width, size, interpolation), [size, width]);
    const planes = rgb.toFloat().transpose([0, 3, 1, 2]); // [n, 3, H, W]
    const wide = tf.matMul(planes, tile(across, planes), false, true); // [n, 3, H, size]
    const both: tf.Tensor = tf.matMul(tile(down, planes), round && roundsBetween(interpolation) ? levels(wide) : wide); // [n, 3, size, size]
    const pixels = both.transpose<tf.Tensor4D>([0, 2, 3, 1]);
    return round ? (levels(pixels) as tf.Tensor4D) : pixels;
  });
}

/** Repeats a matrix for every plane of the batch: [a, b] → [n, 3, a, b]. */
function tile(matrix: tf.Tensor2D, planes: tf.Tensor): tf.Tensor {
  const [n, channels] = planes.shape as [number, number];
  return matrix.reshape([1, 1, ...matrix.shape]).tile([n, channels, 1, 1]);
}

const levels = (x: tf.Tensor): tf.Tensor => x.round().clipByValue(0, 255);
