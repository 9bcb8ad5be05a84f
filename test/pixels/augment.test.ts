import { describe, expect, it } from 'vitest';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { random } from '../../src/random.ts';
import { augmented } from '../../src/data/augmented.ts';
import { type Dataset, makeDataset, pick, take } from '../../src/data/dataset.ts';
import {
  affineOf,
  applyTransform,
  type AugmentOptions,
  drawTransform,
  type Transform,
} from '../../src/pixels/augment.ts';
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
const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((max, x, i) => Math.max(max, Math.abs(x - b[i])), 0);

const some = (n: number): Dataset => shapes10({ train: n }).train;
const all = (images: Dataset): Promise<Uint8Array> => images.read(0, images.n);

describe('augmentation', () => {
  it('equals Keras’ apply_affine_transform and flip_axis, at every fill mode', () => {
    expect(keras.geometry).toHaveLength(60);
    for (const { transform, fillMode, cval, values } of keras.geometry) {
      const got = warp(picture, size, affineOf(transform, size), { fillMode, cval });
      const expected = float32(values);
      // where the map meets the edge exactly, rounding decides which side a pixel falls on
      const off = Array.from(got).filter((x, i) => Math.abs(x - expected[i]) > 0.01).length;
      expect(off / got.length, `${JSON.stringify(transform)} ${fillMode}`).toBeLessThan(
        fillMode === 'constant' || fillMode === 'wrap' ? 0.06 : 1e-9,
      );
    }
  });

  it('equals Keras’ brightness and channel shift', () => {
    for (const { values, ...change } of keras.levels) {
      const got = applyTransform(picture, size, { ...still, ...change });
      expect(largest(got, float32(values)), JSON.stringify(change)).toBeLessThanOrEqual(0.5); // Keras leaves a shift unrounded
    }
  });

  it('of nothing changes nothing, with any interpolation', async () => {
    for (const interpolation of ['bilinear', 'bicubic', 'bicubic-keys', 'lanczos3'] as const)
      expect([...applyTransform(picture, size, still, { interpolation })]).toEqual([...picture]);
    const images = some(4);
    expect(await all(augmented(images, {}))).toEqual(await all(images));
  });

  it('mirrors with the probability that is asked for', async () => {
    const images = some(3);
    const [height, width] = images.imageSize;
    const pixels = await all(images);
    const mirror = pixels.map((_, i) => {
      const [row, at] = [Math.floor(i / (3 * width)), i % (3 * width)];
      return pixels[row * 3 * width + 3 * (width - 1 - Math.floor(at / 3)) + (at % 3)];
    });
    expect(await all(augmented(images, { horizontalFlip: 1 }))).toEqual(mirror);
    expect(await all(augmented(images, { horizontalFlip: 0 }))).toEqual(pixels);
    expect(await all(augmented(images, { horizontalFlip: 0.5 }))).toEqual(
      await all(augmented(images, { horizontalFlip: true })),
    );
    expect(pixels.length).toBe(3 * height * width * 3);
    expect(() => augmented(images, { verticalFlip: 2 })).toThrow(
      'verticalFlip: expected true, false or a probability from 0 to 1; got 2.',
    );
  });

  it('draws from seed, view and picture, whatever its place', async () => {
    const options: AugmentOptions = { rotationRange: 15, widthShiftRange: 0.1, zoomRange: 0.1, horizontalFlip: true };
    const images = some(12);
    const many = augmented(images, options);
    expect(await all(augmented(take(images, 5), options))).toEqual(await many.read(0, 5));
    expect(await all(augmented(pick(images, [7, 2]), options))).toEqual(await many.at([7, 2]));
    expect(augmented(some(12), options).id).toBe(many.id);
    const others = [
      augmented(images, options, { view: 1 }),
      augmented(images, options, { seed: 2 }),
      augmented(images, { ...options, zoomRange: 0.2 }),
      augmented(images, options, { interpolation: 'bicubic' }),
      augmented(images, options, { size: 64 }),
    ];
    expect(new Set([many, ...others].map(({ id }) => id)).size).toBe(6);
    expect(await all(others[0])).not.toEqual(await all(many));
    expect(many.labels).toEqual(images.labels);
  });

  it('draws within its ranges, and one option’s draws do not depend on another’s', () => {
    const next = (i: number): (() => number) => random(3, String(i));
    const draws = Array.from({ length: 500 }, (_, i) =>
      drawTransform(
        {
          rotationRange: 20,
          widthShiftRange: 0.25,
          heightShiftRange: 3,
          zoomRange: [0.8, 1.1],
          horizontalFlip: true,
          randomErasing: 0.3,
        },
        [32, 64],
        next(i),
      ),
    );
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
    for (const { erase } of draws)
      if (erase)
        expect(
          erase[0] >= 0 &&
            erase[1] <= 1 &&
            erase[2] >= 0 &&
            erase[3] <= 1 &&
            erase[1] > erase[0] &&
            erase[3] > erase[2],
        ).toBe(true);
    expect(drawTransform({ rotationRange: 20 }, [32, 64], next(0)).theta).toBe(draws[0].theta);
  });

  it('composes with upscaling: one resampling to 64×64 is the two together, less a blur', async () => {
    const images = some(3);
    const flipped = augmented(images, { horizontalFlip: true }, { size: 64, interpolation: 'bicubic', seed: 4 });
    expect(flipped.imageSize).toEqual([64, 64]);
    const plain = augmented(images, {}, { size: 64, interpolation: 'bicubic' });
    const [got, still] = [await all(flipped), await all(plain)];
    // each row is as it was, or mirrored
    for (let i = 0; i < 3; i++) {
      const row = (of: Uint8Array): number[] =>
        Array.from({ length: 64 }, (_, x) => of[(i * 64 * 64 + 10 * 64 + x) * 3]);
      expect([row(still).join(), row(still).reverse().join()]).toContain(row(got).join());
    }
  });

  it('erases a rectangle with noise', async () => {
    const images = some(20);
    const [before, erased] = [await all(images), await all(augmented(images, { randomErasing: 1 }))];
    for (let i = 0; i < 20; i++) {
      const changed =
        before.subarray(i * 3072, (i + 1) * 3072).filter((value, k) => value !== erased[i * 3072 + k]).length / 3072;
      expect(changed).toBeGreaterThan(0.01);
      expect(changed).toBeLessThan(0.4);
    }
  });

  it('names what is out of range or not known', () => {
    const images = some(2);
    const tried = (options: AugmentOptions) => (): Dataset => augmented(images, options);
    expect(tried({ rotationRange: 200 })).toThrow('rotationRange: expected a number from 0 to 180; got 200.');
    expect(tried({ zoomRange: 1 })).toThrow(
      'zoomRange: expected a number from 0 to below 1, or two from above 0 to 10; got 1.',
    );
    expect(tried({ brightnessRange: [1.5, 0.5] })).toThrow(
      'brightnessRange: expected two numbers from 0, the smaller first',
    );
    expect(tried({ fillMode: 'mirror' as 'wrap' })).toThrow(
      'fillMode: expected one of nearest, constant, reflect, wrap; got "mirror"',
    );
    expect(tried({ rotation: 3 } as object)).toThrow(/augment: expected options rotationRange, .*; got "rotation"/);
    const wide = makeDataset({
      pixels: new Uint8Array(16 * 64 * 3),
      imageSize: [16, 64],
      labels: [0],
      classNames: ['a'],
    });
    expect(() => augmented(wide, {}, { size: 64 })).toThrow('size: expected square images; got 16×64.');
    expect(() => augmented(images, {}, { view: -1 })).toThrow('view: expected a whole number from 0; got -1.');
  });
});
