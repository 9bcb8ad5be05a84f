import * as tf from '@tensorflow/tfjs';
import { expect, it, vi } from 'vitest';
import '../../src/host/tensorflow.ts';

it('computes in plain JavaScript without advice to install another package', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  await tf.setBackend('cpu');
  expect(tf.scalar(1).add(1).dataSync()[0]).toBe(2);
  expect(warn).not.toHaveBeenCalled();
});
