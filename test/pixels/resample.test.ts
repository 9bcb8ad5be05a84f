import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { INTERPOLATIONS } from '../../src/pixels/interpolation.ts';
import { resample, resampleMap } from '../../src/pixels/resample.ts';
import { upscale } from '../../src/pixels/upscale.ts';
import { random } from '../../src/random.ts';

beforeAll(useTensorFlow);

const noise = (n: number): Uint8Array => {
  const next = random(n);
  return Uint8Array.from({ length: n }, () => Math.floor(256 * next()));
};

describe('resample', () => {
  for (const interpolation of INTERPOLATIONS) {
    it(`${interpolation} equals what TensorFlow upscales, bit for bit`, async () => {
      for (const [height, width, size] of [
        [32, 32, 112],
        [24, 40, 224],
        [64, 48, 32],
        [7, 5, 64],
      ]) {
        const pixels = noise(height * width * 3);
        const large = tf.tidy(() => {
          const rgb = tf.tensor4d(Int32Array.from(pixels), [1, height, width, 3], 'int32');
          return upscale(rgb, { size, interpolation });
        });
        const expected = Uint8Array.from(await large.data());
        large.dispose();
        const got = resample(pixels, [height, width], { size, interpolation });
        expect(got.length).toBe(size * size * 3);
        expect(got.filter((value, i) => value !== expected[i]).length, `${height}×${width} → ${size}`).toBe(0);
      }
    });
  }

  it('says what it expects', () => {
    expect(() => resample(noise(12), [2, 3], { size: 4 })).toThrow(
      'resample: expected 18 pixel bytes for 2×3×3; got 12.',
    );
    expect(() => resample(noise(12), [2, 2], { size: 4, interpolation: 'cubic' as 'bicubic' })).toThrow(
      /interpolation: expected one of nearest, bilinear, .*; got "cubic"/,
    );
  });
});

describe('resampleMap', () => {
  it('equals TensorFlow’s bilinear resizing', async () => {
    const map = Float32Array.from(noise(14 * 10), (value) => value / 255);
    const large = tf.tidy(() => tf.image.resizeBilinear(tf.tensor3d(map, [14, 10, 1]), [112, 112], false, true));
    const expected = await large.data();
    large.dispose();
    resampleMap(map, [14, 10], { size: 112 }).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
  });
});
