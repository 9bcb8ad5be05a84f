import { describe, expect, it } from 'vitest';
import { INTERPOLATIONS, resampleMatrix, resampleTaps } from '../../src/pixels/interpolation.ts';
import { placementOf } from '../../src/pixels/resize.ts';
import { resample } from '../../src/pixels/resample.ts';
import { scaleAndCut } from '../../src/pixels/scale.ts';
import { random } from '../../src/random.ts';

const noise = (length: number): Uint8Array => {
  const next = random(1, 'scale');
  return Uint8Array.from({ length }, () => Math.floor(next() * 256));
};

describe('scaling and cutting a picture', () => {
  it.each(INTERPOLATIONS)('equals `resample` where the picture grows, with %s', (interpolation) => {
    const pixels = noise(20 * 20 * 3);
    const whole = resample(pixels, [20, 20], { size: 50, interpolation });
    const cut = { top: 7, left: 11, height: 30, width: 20 };
    const part = scaleAndCut(pixels, [20, 20], { scaled: [50, 50], cut }, interpolation);
    for (let row = 0; row < 30; row++) {
      const from = ((7 + row) * 50 + 11) * 3;
      expect(part.subarray(row * 60, (row + 1) * 60)).toEqual(whole.subarray(from, from + 60));
    }
  });

  it('leaves a picture that has the size as it is', () => {
    const pixels = noise(9 * 9 * 3);
    const placement = placementOf([9, 9], { resize: 'squash', size: 9, cropFraction: 1 });
    for (const interpolation of INTERPOLATIONS)
      expect(scaleAndCut(pixels, [9, 9], placement, interpolation)).toEqual(pixels);
  });

  it('takes every pixel into account where the picture shrinks', () => {
    for (const interpolation of INTERPOLATIONS.filter((name) => name !== 'nearest')) {
      const { starts, count, weights } = resampleTaps(100, 7, interpolation, 0, 7);
      const share = new Float32Array(100);
      starts.forEach((start, i) =>
        weights.subarray(i * count, (i + 1) * count).forEach((w, k) => (share[start + k] += w)),
      );
      expect(Math.min(...share.map(Math.abs))).toBeGreaterThan(0);
      expect(share.reduce((a, b) => a + b)).toBeCloseTo(7, 4);
    }
  });

  it('has taps that are the rows of the matrix', () => {
    const { starts, count, weights } = resampleTaps(12, 40, 'lanczos3', 5, 3);
    const matrix = resampleMatrix(12, 40, 'lanczos3');
    for (let i = 0; i < 3; i++) {
      const row = new Float32Array(12);
      row.set(weights.subarray(i * count, (i + 1) * count), starts[i]);
      expect(row).toEqual(matrix.subarray((5 + i) * 12, (6 + i) * 12));
    }
  });
});
