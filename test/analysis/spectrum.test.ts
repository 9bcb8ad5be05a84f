import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { powerSpectrum } from '../../src/analysis/spectrum.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { reference, relativeError } from '../references/read.ts';

const numpy = reference<{ pictures: number[]; spectrum: number[] }>('analysis.json');
beforeAll(useTensorFlow);

it('the power spectrum equals NumPy’s, averaged over rings', () => {
  const tensors = tf.memory().numTensors;
  const pictures = tf.tensor4d(numpy.pictures, [3, 24, 24, 3]);
  expect(relativeError(powerSpectrum(pictures), numpy.spectrum)).toBeLessThan(1e-4);
  pictures.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
  expect(() => powerSpectrum(tf.zeros([1, 4, 6, 3]))).toThrow('powerSpectrum: expected square pictures; got 4×6.');
});
