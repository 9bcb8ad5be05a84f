import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { powerSpectrum, upscalingSpectra } from '../../src/analysis/spectrum.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { INTERPOLATIONS } from '../../src/pixels/interpolation.ts';
import { reference, relativeError } from '../references/read.ts';

const numpy = reference<{ pictures: number[]; spectrum: number[] }>('analysis.json');
beforeAll(useTensorFlow);

it('the power spectrum equals NumPy’s, averaged over rings', async () => {
  const tensors = tf.memory().numTensors;
  const pictures = tf.tensor4d(numpy.pictures, [3, 24, 24, 3]);
  expect(relativeError(await powerSpectrum(pictures), numpy.spectrum)).toBeLessThan(1e-4);
  pictures.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
  const oblong = tf.zeros<tf.Rank.R4>([1, 4, 6, 3]);
  await expect(powerSpectrum(oblong)).rejects.toThrow('powerSpectrum: expected square pictures; got 4×6.');
  oblong.dispose();
});

it('spectra of upscaled pictures reach four times as far as their own, for every interpolation', async () => {
  const tensors = tf.memory().numTensors;
  const pictures = shapes10({ train: 20 }).train;
  const { rows, imageSize, size, basis } = await upscalingSpectra(pictures, { size: 128, count: 4 });
  expect(tf.memory().numTensors).toBe(tensors);
  expect({ imageSize, size, basis }).toEqual({ imageSize: [32, 32], size: 128, basis: 'shapes10 train, the first 4' });
  for (const interpolation of INTERPOLATIONS) {
    const own = rows.filter((row) => row.interpolation === interpolation);
    expect(own.map(({ frequency }) => frequency)).toEqual(Array.from({ length: 64 }, (_, i) => (i + 1) / 32));
  }
  // nearest keeps its blocks' edges, where Lanczos lets next to nothing through
  const madeUp = (interpolation: string): number =>
    rows
      .filter((row) => row.interpolation === interpolation && row.frequency > 0.75 && row.frequency < 1.5)
      .reduce((sum, { power }) => sum + power, 0);
  expect(madeUp('nearest')).toBeGreaterThan(madeUp('lanczos3'));
  const signal = AbortSignal.abort(new Error('stopped'));
  await expect(upscalingSpectra(pictures, { signal })).rejects.toThrow('stopped');
});
