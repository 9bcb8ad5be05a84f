import * as tf from '@tensorflow/tfjs';

/**
 * What a network was trained to see.
 * - `caffe`: BGR, ImageNet's means subtracted (keras/src/applications/imagenet_utils.py, mode "caffe"; VGG's own)
 * - `none`: RGB 0..255 as it is, which is what the original notebook fed to VGG19
 */
export const PREPROCESSING = ['caffe', 'none'] as const;
export type Preprocessing = (typeof PREPROCESSING)[number];

/** Means of ImageNet's training images, in the order B, G, R, 0..255. */
export const IMAGENET_MEANS_BGR = [103.939, 116.779, 123.68] as const;

export function checkPreprocessing(mode: string): asserts mode is Preprocessing {
  if (!(PREPROCESSING as readonly string[]).includes(mode)) {
    throw new RangeError(`preprocess: expected one of ${PREPROCESSING.join(', ')}; got "${mode}".`);
  }
}

/**
 * Turns pixels into what a network expects.
 * @param rgb [n, H, W, 3] float32, RGB, 0..255
 * @returns [n, H, W, 3] float32, which belongs to the caller
 */
export function preprocess(rgb: tf.Tensor4D, mode: Preprocessing): tf.Tensor4D {
  checkPreprocessing(mode);
  if (mode === 'none') return rgb.clone();
  return tf.tidy(() => rgb.reverse(3).sub(tf.tensor1d([...IMAGENET_MEANS_BGR])));
}
