import { describe, expect, it } from 'vitest';
import { makeDataset, pick, take } from '../../src/data/dataset.ts';
import { sample, stratifiedOrder, subset } from '../../src/data/subset.ts';

const labels = Array.from({ length: 300 }, (_, i) => (i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2)); // 60, 30 and 10 %
const images = makeDataset({
  name: 'toy',
  pixels: Uint8Array.from({ length: 300 * 12 }, (_, i) => Math.floor(i / 12) % 256),
  imageSize: [2, 2],
  labels,
  classNames: ['a', 'b', 'c'],
});

describe('stratifiedOrder', () => {
  it('is a permutation in which every leading part has each class to within one image', () => {
    const order = stratifiedOrder(labels, 3);
    expect([...order].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
    const seen = [0, 0, 0];
    [0.6, 0.3, 0.1].forEach((share, k) => expect(share).toBeCloseTo(labels.filter((l) => l === k).length / 300));
    order.forEach((index, i) => {
      seen[labels[index]]++;
      [0.6, 0.3, 0.1].forEach((share, k) => expect(Math.abs(seen[k] - share * (i + 1))).toBeLessThanOrEqual(1));
    });
  });

  it('depends on the seed alone', () => {
    expect([...stratifiedOrder(labels, 3)]).toEqual([...stratifiedOrder(labels, 3)]);
    expect([...stratifiedOrder(labels, 3)]).not.toEqual([...stratifiedOrder(labels, 4)]);
  });
});

describe('subset', () => {
  it('is the beginning of a larger subset of the same seed', () => {
    const small = subset(images, { size: 20, seed: 5 });
    const large = subset(images, { size: 50, seed: 5 });
    expect(take(large, 20).id).toBe(small.id);
    expect(subset(images, { size: 20, seed: 6 }).id).not.toBe(small.id);
  });

  it('shares no image with what follows it', () => {
    const order = stratifiedOrder(labels, 5);
    const rest = subset(images, { size: 30, seed: 5, from: 20 });
    expect(rest.id).toBe(pick(images, order.subarray(20, 50)).id);
  });

  it('says how many images there are when asked for more', () => {
    expect(() => subset(images, { size: 301 })).toThrow(/expected 1 to 300 of the 300 images in toy; got 301/);
    expect(() => subset(images, { size: 10, from: 295 })).toThrow(/expected 1 to 5 .* got 10 after the first 295/);
    expect(() => take(images, 0)).toThrow(/expected a whole number from 1 to 300/);
  });
});

describe('sample', () => {
  const splits = { train: images, test: take(images, 40) };

  it('draws training, validation and test images that do not meet', () => {
    const { train, validation, test } = sample(splits, { train: 100, test: 30, seed: 2 });
    expect([train.n, validation?.n, test.n]).toEqual([100, 10, 30]);
    expect(validation!.id).toBe(subset(images, { size: 10, seed: 2, from: 100 }).id);
    expect(sample(splits, { train: 300, test: 5 }).validation).toBeUndefined();
    expect(sample(splits, { train: 50, validation: 0 }).validation).toBeUndefined();
  });

  it('takes what there is where nothing is said, and names the option that asks for more', () => {
    expect([sample(splits).train.n, sample(splits).test.n]).toEqual([300, 40]);
    expect(() => sample(splits, { train: 301 })).toThrow('train: expected a whole number from 1 to 300; got 301.');
    expect(() => sample(splits, { train: 290, validation: 20 })).toThrow(
      'validation: expected a whole number from 0 to 10; got 20.',
    );
    expect(() => sample(splits, { test: 0 })).toThrow('test: expected a whole number from 1 to 40; got 0.');
  });
});
