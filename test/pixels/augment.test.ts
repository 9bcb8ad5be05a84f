import { describe, expect, it } from 'vitest';
import { augmented } from '../../src/data/augmented.ts';
import { type Dataset, makeDataset, pick } from '../../src/data/dataset.ts';
import { shapes10 } from '../../src/data/shapes10.ts';
import { random } from '../../src/random.ts';
import {
  affineOf,
  applyTransform,
  type AugmentOptions,
  drawTransform,
  type Transform,
} from '../../src/pixels/augment.ts';
import { type FillMode, warp, WARP_INTERPOLATIONS } from '../../src/pixels/warp.ts';
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
const shapes = (train: number): Dataset => shapes10({ train }).train;
const pixelsOf = (images: Dataset): Promise<Uint8Array> => images.read(0, images.n);
const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((max, x, i) => Math.max(max, Math.abs(x - b[i])), 0);

describe('augmentation', () => {
  it('equals Keras’ apply_affine_transform and flip_axis, at every fill mode', () => {
    expect(keras.geometry).toHaveLength(60);
    for (const { transform, fillMode, cval, values } of keras.geometry) {
      const got = warp(picture, size, affineOf(transform, size), { fillMode, cval });
      const expected = float32(values);
      // where the map meets the edge exactly, rounding decides which side a pixel falls on
      const off = Array.from(got).filter((x, i) => Math.abs(x - expected[i]) > 0.01).length;
      const most = fillMode === 'constant' || fillMode === 'wrap' ? 0.06 : 1e-9;
      expect(off / got.length, `${JSON.stringify(transform)} ${fillMode}`).toBeLessThan(most);
    }
  });

  it('equals Keras’ brightness and channel shift', () => {
    for (const { values, ...change } of keras.levels) {
      const got = applyTransform(picture, size, { ...still, ...change });
      expect(largest(got, float32(values)), JSON.stringify(change)).toBeLessThanOrEqual(0.5); // Keras leaves a shift unrounded
    }
  });

  it('of nothing changes nothing, with any interpolation', async () => {
    for (const interpolation of WARP_INTERPOLATIONS)
      expect([...applyTransform(picture, size, still, { interpolation })]).toEqual([...picture]);
    const images = shapes(4);
    expect([...(await pixelsOf(augmented(images, {})))]).toEqual([...(await pixelsOf(images))]);
  });

  it('draws from seed, view and the picture: in another order or among others it is the same', async () => {
    const options: AugmentOptions = { rotationRange: 15, widthShiftRange: 0.1, zoomRange: 0.1, horizontalFlip: true };
    const images = shapes(12);
    const many = augmented(images, options);
    const order = [3, 11, 0];
    const few = augmented(pick(images, order), options);
    expect(await pixelsOf(few)).toEqual(await many.at(order));
    expect(few.keys).toEqual(many.keysAt(order));
    expect(augmented(images, options).id).toBe(many.id);
    const others = [
      augmented(images, options, { view: 1 }),
      augmented(images, options, { seed: 2 }),
      augmented(images, { ...options, zoomRange: 0.2 }),
    ];
    expect(new Set([images, many, ...others].map(({ id }) => id)).size).toBe(5);
    expect(new Set(await Promise.all([many, ...others].map(async (one) => String(await pixelsOf(one))))).size).toBe(4);
    expect(many.labels).toEqual(images.labels);
  });

  it('draws within its ranges, and one option’s draws do not depend on another’s', () => {
    const next = (i: number): (() => number) => random(3, String(i));
    const options: AugmentOptions = {
      rotationRange: 20,
      widthShiftRange: 0.25,
      heightShiftRange: 3,
      zoomRange: [0.8, 1.1],
      horizontalFlip: true,
      randomErasing: 0.3,
    };
    const draws = Array.from({ length: 500 }, (_, i) => drawTransform(options, [32, 64], next(i)));
    const ends = (of: (t: Transform) => number): [number, number] => [
      Math.min(...draws.map(of)),
      Math.max(...draws.map(of)),
    ];
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
    for (const { erase } of draws) {
      if (!erase) continue;
      const [top, bottom, left, right] = erase;
      expect(top >= 0 && bottom <= 1 && left >= 0 && right <= 1 && bottom > top && right > left).toBe(true);
    }
    expect(drawTransform({ rotationRange: 20 }, [32, 64], next(0)).theta).toBe(draws[0].theta);
  });

  it('composes with upscaling: one resampling to 64×64 is the two together, less a blur', async () => {
    const images = shapes(3);
    const flipped = augmented(images, { horizontalFlip: true }, { size: 64, interpolation: 'bicubic', seed: 4 });
    expect(flipped.imageSize).toEqual([64, 64]);
    const plain = augmented(images, {}, { size: 64, interpolation: 'bicubic' });
    const [got, as] = [await pixelsOf(flipped), await pixelsOf(plain)];
    // each row is as it was, or mirrored
    for (let i = 0; i < 3; i++) {
      const row = (of: Uint8Array): number[] =>
        Array.from({ length: 64 }, (_, x) => of[(i * 64 * 64 + 10 * 64 + x) * 3]);
      expect([row(as).join(), row(as).reverse().join()]).toContain(row(got).join());
    }
  });

  it('erases a rectangle with noise', async () => {
    const images = shapes(20);
    const [before, after] = [await pixelsOf(images), await pixelsOf(augmented(images, { randomErasing: 1 }))];
    for (let i = 0; i < 20; i++) {
      const own = before.subarray(i * 3072, (i + 1) * 3072);
      const changed = own.filter((value, k) => value !== after[i * 3072 + k]).length / 3072;
      expect(changed).toBeGreaterThan(0.01);
      expect(changed).toBeLessThan(0.4);
    }
  });

  it('names what is out of range or not known', () => {
    const images = shapes(2);
    const message = (options: object, view?: object): string => {
      try {
        augmented(images, options, view);
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing was refused';
    };
    expect(message({ rotationRange: 200 })).toBe('rotationRange: expected a number from 0 to 180; got 200.');
    expect(message({ zoomRange: 1 })).toBe(
      'zoomRange: expected a number from 0 to below 1, or two from above 0 to 10; got 1.',
    );
    expect(message({ brightnessRange: [1.5, 0.5] })).toContain(
      'brightnessRange: expected two numbers from 0, the smaller first',
    );
    expect(message({ fillMode: 'mirror' })).toContain(
      'fillMode: expected one of nearest, constant, reflect, wrap; got "mirror"',
    );
    expect(message({ rotation: 3 })).toMatch(/augment: expected options rotationRange, .*; got "rotation"/);
    expect(message({}, { interpolation: 'area' })).toContain('interpolation: expected one of bilinear, bicubic, ');
    const pixels = new Uint8Array(16 * 64 * 3);
    const wide = makeDataset({ pixels, imageSize: [16, 64], labels: [0], classNames: ['wide'] });
    expect(() => augmented(wide, {}, { size: 64 })).toThrow('size: expected square images; got 16×64.');
  });
});
