import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { preprocess } from '../../src/pixels/preprocess.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { float32, reference, relativeError } from '../references/read.ts';

beforeAll(useTensorFlow);

it('equals keras.applications.vgg19.preprocess_input', () => {
  // preprocess_input(np.arange(24, dtype=np.float32).reshape(1, 2, 4, 3) * 10): test/references/keras_vgg.py
  const { preprocessed } = reference<{ preprocessed: { float32: string } }>('vgg19-tiny.json');
  const levels = Float32Array.from({ length: 24 }, (_, i) => i * 10);
  const pixels = tf.tensor4d(levels, [1, 2, 4, 3]);
  expect(relativeError(preprocess(pixels, 'caffe').dataSync(), float32(preprocessed.float32))).toBeLessThan(1e-6);
});

it('leaves pixels as they are with "none", and names the modes when it does not know one', () => {
  const pixels = tf.tensor4d([1, 2, 3], [1, 1, 1, 3]);
  expect([...preprocess(pixels, 'none').dataSync()]).toEqual([1, 2, 3]);
  expect(() => preprocess(pixels, 'keras' as 'none')).toThrow(
    'preprocess: expected one of caffe, tf, torch, none; got "keras".',
  );
});
