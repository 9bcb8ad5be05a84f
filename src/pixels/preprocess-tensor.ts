import * as tf from '@tensorflow/tfjs';
import { normalizationOf, type Preprocessing } from './preprocess.ts';

/**
 * Turns levels into what a network expects.
 * @param rgb [n, H, W, 3] float32, RGB, 0..255
 * @returns [n, H, W, 3] float32, which belongs to the caller
 */
export function preprocess(rgb: tf.Tensor4D, mode: Preprocessing): tf.Tensor4D {
  const { channels, mean, std } = normalizationOf(mode);
  return tf.tidy(() => {
    const ordered = channels === 'BGR' ? rgb.reverse<tf.Tensor4D>(3) : rgb;
    const centred = mean.some(Boolean) ? ordered.sub<tf.Tensor4D>(tf.tensor1d([...mean])) : ordered.clone();
    return std.some((value) => value !== 1) ? centred.div<tf.Tensor4D>(tf.tensor1d([...std])) : centred;
  });
}
