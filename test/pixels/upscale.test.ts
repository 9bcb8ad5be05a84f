import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Interpolation, INTERPOLATIONS, resampleMatrix } from '../../src/pixels/interpolation.ts';
import { upscale } from '../../src/pixels/upscale.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { float32, reference, uint8 } from '../references/read.ts';

interface Reference {
  readonly pictures: { readonly shape: [number, number, number, number]; readonly uint8: string };
  readonly cases: readonly {
    readonly kernel: Interpolation;
    readonly size: number;
    readonly uint8: string;
    readonly float32Every7th: string;
  }[];
}

// made by OpenCV and Pillow: test/references/resample.py
const { pictures, cases } = reference<Reference>('resample.json');

beforeAll(useTensorFlow);

async function resampled(kernel: Interpolation, size: number, round: boolean): Promise<Float32Array> {
  const input = tf.tensor4d(Int32Array.from(uint8(pictures.uint8)), pictures.shape, 'int32');
  const output = upscale(input, { size, interpolation: kernel, round });
  const values = (await output.data()) as Float32Array;
  tf.dispose([input, output]);
  return values;
}

describe('upscale', () => {
  for (const { kernel, size, uint8: bytes, float32Every7th } of cases) {
    // Pillow's and OpenCV's float path, where it exists, has no rounding in between
    it(`${kernel} to ${size} equals the library's float32 result`, async () => {
      const got = await resampled(kernel, size, false);
      const stride = size <= 64 ? 7 : 101;
      const expected = float32(float32Every7th);
      const worst = expected.reduce((max, value, i) => Math.max(max, Math.abs(value - got[i * stride])), 0);
      expect(worst).toBeLessThan(0.01);
    });

    it(`${kernel} to ${size} equals the library's uint8 result within a level`, async () => {
      const got = await resampled(kernel, size, true);
      const expected = uint8(bytes);
      const [step, side] = size <= 64 ? [1, size] : [3, Math.ceil(size / 3)];
      let equal = 0;
      let worst = 0;
      for (let p = 0, e = 0; p < pictures.shape[0]; p++) {
        for (let y = 0; y < side; y++) {
          for (let x = 0; x < side; x++) {
            for (let c = 0; c < 3; c++, e++) {
              const difference = Math.abs(got[((p * size + y * step) * size + x * step) * 3 + c] - expected[e]);
              worst = Math.max(worst, difference);
              if (difference === 0) equal++;
            }
          }
        }
      }
      // Pillow rounds halves up, twice, and its bilinear doubling gives many
      expect(worst).toBeLessThanOrEqual(kernel === 'bilinear-antialias' ? 2 : 1);
      expect(equal / expected.length).toBeGreaterThanOrEqual(MIN_EQUAL[kernel]);
    });
  }

  it('keeps no tensor but the one it returns', () => {
    const input = tf.zeros<tf.Rank.R4>([2, 8, 8, 3]);
    const before = tf.memory().numTensors;
    const output = upscale(input, { size: 16, interpolation: 'lanczos3' });
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose([input, output]);
  });
});

/** Share of pixels that are exactly equal; OpenCV's bilinear cuts off the low bits between the two directions. */
const MIN_EQUAL: Record<Interpolation, number> = {
  nearest: 1,
  bilinear: 0.89,
  'bilinear-antialias': 0.79, // of a doubling; else 0.99
  bicubic: 0.99,
  'bicubic-keys': 0.99,
  lanczos3: 0.99,
  area: 0.89,
};

describe('resampleMatrix', () => {
  it('has rows that sum to 1 for every kernel, enlarging and shrinking', () => {
    for (const kernel of INTERPOLATIONS) {
      for (const [from, to] of [
        [32, 224],
        [32, 64],
        [7, 5],
        [224, 32],
        [1, 4],
      ] as const) {
        const matrix = resampleMatrix(from, to, kernel);
        for (let i = 0; i < to; i++) {
          const sum = matrix.subarray(i * from, (i + 1) * from).reduce((a, b) => a + b, 0);
          expect(sum, `${kernel} ${from} → ${to}, row ${i}`).toBeCloseTo(1, 5);
        }
      }
    }
  });

  it('names the kernels when it does not know one', () => {
    expect(() => resampleMatrix(32, 64, 'cubic' as Interpolation)).toThrow(
      /interpolation: expected one of nearest, bilinear, .*; got "cubic"/,
    );
    expect(() => resampleMatrix(0, 64, 'bicubic')).toThrow(/from: expected a whole number of pixels from 1; got 0/);
  });
});
