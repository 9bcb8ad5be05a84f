import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { preprocess } from '../../src/pixels/preprocess-tensor.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { float32, reference, relativeError } from '../references/read.ts';

beforeAll(useTensorFlow);

it('equals keras.applications.vgg19.preprocess_input', () => {
  // preprocess_input(np.arange(24, dtype=np.float32).reshape(1, 2, 4, 3) * 10): test/references/keras_vgg.py
  const { preprocessed } = reference<{ preprocessed: { float32: string } }>('vgg19-tiny.json');
  const pixels = tf.tensor4d(
    Float32Array.from({ length: 24 }, (_, i) => i * 10),
    [1, 2, 4, 3],
  );
  expect(relativeError(preprocess(pixels, 'caffe').dataSync(), float32(preprocessed.float32))).toBeLessThan(1e-6);
});

it('equals the modes "tf" and "torch" of keras.applications.imagenet_utils', () => {
  // imagenet_utils.preprocess_input(np.array([[[[0., 127.5, 255.]]]]), mode=…)
  const pixels = tf.tensor4d([0, 127.5, 255], [1, 1, 1, 3]);
  expect([...preprocess(pixels, 'tf').dataSync()]).toEqual([-1, 0, 1]);
  const torch = [-2.1179039301310043, 0.1964285714285712, 2.6399999999999997];
  expect(relativeError(preprocess(pixels, 'torch').dataSync(), torch)).toBeLessThan(1e-6);
});

it('leaves pixels as they are with "none", takes numbers, and names the modes when it does not know one', () => {
  const pixels = tf.tensor4d([1, 2, 3], [1, 1, 1, 3]);
  expect([...preprocess(pixels, 'none').dataSync()]).toEqual([1, 2, 3]);
  expect([...preprocess(pixels, { channels: 'BGR', mean: [1, 1, 1], std: [2, 1, 0.5] }).dataSync()]).toEqual([1, 1, 0]);
  expect(() => preprocess(pixels, 'siglip' as 'none')).toThrow(
    /preprocess: expected one of caffe, tf, torch, imagenet, clip, none; got "siglip"/,
  );
  const wrong = { channels: 'RGB', mean: [0, 0, 0], std: [1, 0, 1] } as const;
  expect(() => preprocess(pixels, wrong)).toThrow(
    /expected \{ channels: 'RGB' \| 'BGR', mean: \[3\], std: \[3\] above 0 \}; got/,
  );
});
