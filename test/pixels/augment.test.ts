import { describe, expect, it } from 'vitest';
import { shapes10 } from '../../src/data/shapes10.ts';
import { random } from '../../src/random.ts';
import { affineOf, applyTransform, augment, type AugmentOptions, drawTransform, type Transform } from '../../src/pixels/augment.ts';
import { type FillMode, warp } from '../../src/pixels/warp.ts';
import { float32, reference, uint8 } from '../references/read.ts';

interface Case {
  readonly transform: Transform;
  readonly fillMode: FillMode;
  readonly cval: number;
  readonly values: string;
}
const keras = reference<{
  shape: [number, number, 3];
  picture: string;
  geometry: Case[];
  levels: { brightness?: number; channelShift?: number; values: string }[];
}>('augment.json');
const picture = uint8(keras.picture);
const size = [keras.shape[0], keras.shape[1]] as const;
const still: Transform = { theta: 0, tx: 0, ty: 0, shear: 0, zx: 1, zy: 1, flipHorizontal: false, flipVertical: false };
const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((max, x, i) => Math.max(max, Math.abs(x - b[i])), 0);

describe('augmentation', () => {
  it('equals Keras’ apply_affine_transform and flip_axis, at every fill mode', () => {
    expect(keras.geometry).toHaveLength(60);
    for (const { transform, fillMode, cval, values } of keras.geometry) {
      const got = warp(picture, size, affineOf(transform, size), { fillMode, cval });
      const expected = float32(values);
      // where the map meets the edge exactly, rounding decides which side a pixel falls on
      const off = Array.from(got).filter((x, i) => Math.abs(x - expected[i]) > 0.01).length;
      expect(off / got.length, `${JSON.stringify(transform)} ${fillMode}`).toBeLessThan(fillMode === 'constant' || fillMode === 'wrap' ? 0.06 : 1e-9);
    }
  });

  it('equals Keras’ brightness and channel shift', () => {
    for (const { values, ...change } of keras.levels) {
      const got = applyTransform(picture, size, { ...still, ...change });
      expect(largest(got, float32(values)), JSON.stringify(change)).toBeLessThanOrEqual(0.5); // Keras leaves a shift unrounded
    }
  });

  it('of nothing changes nothing, with any kernel', () => {
    for (const kernel of ['bilinear', 'bicubic', 'bicubic-keys', 'lanczos3'] as const)
      expect([...applyTransform(picture, size, still, { kernel })]).toEqual([...picture]);
    const images = shapes10({ size: 4 });
    expect(augment(images, {}).pixels).toEqual(images.pixels);
  });

  it('draws from seed, view and place: a view of fewer images is the beginning of one of more', () => {
    const options: AugmentOptions = { rotationRange: 15, widthShiftRange: 0.1, zoomRange: 0.1, horizontalFlip: true };
    const [few, many] = [augment(shapes10({ size: 5 }), options), augment(shapes10({ size: 12 }), options)];
    expect(many.pixels.subarray(0, few.pixels.length)).toEqual(few.pixels);
    expect(many.sequence).toBe(few.sequence);
    const images = shapes10({ size: 12 });
    expect(augment(images, options).hash).toBe(many.hash);
    const others = [augment(images, options, { view: 1 }), augment(images, options, { seed: 2 }), augment(images, { ...options, zoomRange: 0.2 })];
    expect(new Set([many, ...others].map(({ hash }) => hash)).size).toBe(4);
    expect(new Set([many, ...others].map(({ sequence }) => sequence)).size).toBe(4);
    expect(many.labels).toEqual(images.labels);
  });

  it('draws within its ranges, and one option’s draws do not depend on another’s', () => {
    const next = (i: number): (() => number) => random(3, String(i));
    const draws = Array.from({ length: 500 }, (_, i) => drawTransform({ rotationRange: 20, widthShiftRange: 0.25, heightShiftRange: 3, zoomRange: [0.8, 1.1], horizontalFlip: true, randomErasing: 0.3 }, [32, 64], next(i))); // prettier-ignore
    const ends = (of: (t: Transform) => number): [number, number] => [Math.min(...draws.map(of)), Math.max(...draws.map(of))];
    for (const [got, expected] of [
      [ends((t) => t.theta), [-20, 20]],
      [ends((t) => t.tx), [-16, 16]],
      [ends((t) => t.ty), [-3, 3]],
      [ends((t) => t.zx), [0.8, 1.1]],
    ] as const) {
      expect(got[0]).toBeGreaterThanOrEqual(expected[0]);
      expect(got[1]).toBeLessThanOrEqual(expected[1]);
      expect(got[1] - got[0]).toBeGreaterThan(0.97 * (expected[1] - expected[0]));
    }
    const share = (of: (t: Transform) => boolean): number => draws.filter(of).length / 500;
    expect(share((t) => t.flipHorizontal)).toBeCloseTo(0.5, 0.9);
    expect(share((t) => t.flipVertical)).toBe(0);
    expect(share((t) => t.erase !== undefined)).toBeCloseTo(0.3, 0.9);
    for (const { erase } of draws)
      if (erase) expect(erase[0] >= 0 && erase[1] <= 1 && erase[2] >= 0 && erase[3] <= 1 && erase[1] > erase[0] && erase[3] > erase[2]).toBe(true);
    expect(drawTransform({ rotationRange: 20 }, [32, 64], next(0)).theta).toBe(draws[0].theta);
  });

  it('composes with upscaling: one resampling to 64×64 is the two together, less a blur', () => {
    const images = shapes10({ size: 3 });
    const flipped = augment(images, { horizontalFlip: true }, { size: 64, kernel: 'bicubic', seed: 4 });
    expect(flipped.shape).toEqual([3, 64, 64, 3]);
    const plain = augment(images, {}, { size: 64, kernel: 'bicubic' });
    // each row is as it was, or mirrored
    for (let i = 0; i < 3; i++) {
      const row = (of: Uint8Array): number[] => Array.from({ length: 64 }, (_, x) => of[(i * 64 * 64 + 10 * 64 + x) * 3]);
      const [got, still] = [row(flipped.pixels), row(plain.pixels)];
      expect([still.join(), [...still].reverse().join()]).toContain(got.join());
    }
  });

  it('erases a rectangle with noise', () => {
    const images = shapes10({ size: 20 });
    const erased = augment(images, { randomErasing: 1 });
    for (let i = 0; i < 20; i++) {
      const changed = images.pixels.subarray(i * 3072, (i + 1) * 3072).filter((value, k) => value !== erased.pixels[i * 3072 + k]).length / 3072;
      expect(changed).toBeGreaterThan(0.01);
      expect(changed).toBeLessThan(0.4);
    }
  });

  it('names what is out of range or not known', () => {
    const images = shapes10({ size: 2 });
    expect(() => augment(images, { rotationRange: 200 })).toThrow('rotationRange: expected a number from 0 to 180; got 200.');
    expect(() => augment(images, { zoomRange: 1 })).toThrow('zoomRange: expected a number from 0 to below 1, or two from above 0 to 10; got 1.');
    expect(() => augment(images, { brightnessRange: [1.5, 0.5] })).toThrow('brightnessRange: expected two numbers from 0, the smaller first');
    expect(() => augment(images, { fillMode: 'mirror' as 'wrap' })).toThrow('fillMode: expected one of nearest, constant, reflect, wrap; got "mirror"');
    expect(() => augment(images, { rotation: 3 } as object)).toThrow(/augment: expected options rotationRange, .*; got "rotation"/);
    const wide = { ...images, shape: [3, 16, 64, 3] as const };
    expect(() => augment({ ...wide, shape: [2, 16, 64, 3] }, {}, { size: 64 })).toThrow('size: expected square images; got 16×64.');
  });
});
