import { describe, expect, it } from 'vitest';
import { makeImages, pick, take } from '../../src/data/images.ts';
import { stratifiedOrder, subset } from '../../src/data/subset.ts';

const labels = Array.from({ length: 300 }, (_, i) => (i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2)); // 60, 30 and 10 %
const images = makeImages({
  name: 'toy',
  pixels: Uint8Array.from({ length: 300 * 12 }, (_, i) => Math.floor(i / 12) % 256),
  size: [2, 2],
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
  it('is the beginning of a larger subset of the same seed, and says so', () => {
    const small = subset(images, { size: 20, seed: 5 });
    const large = subset(images, { size: 50, seed: 5 });
    expect(take(large, 20).hash).toBe(small.hash);
    expect(large.sequence).toBe(small.sequence);
    expect(subset(images, { size: 20, seed: 6 }).sequence).not.toBe(small.sequence);
  });

  it('shares no image with what follows it', () => {
    const order = stratifiedOrder(labels, 5);
    const rest = subset(images, { size: 30, seed: 5, from: 20 });
    expect(rest.hash).toBe(pick(images, order.subarray(20, 50)).hash);
  });

  it('says how many images there are when asked for more', () => {
    expect(() => subset(images, { size: 301 })).toThrow(/expected 1 to 300 of the 300 images in toy; got 301/);
    expect(() => subset(images, { size: 10, from: 295 })).toThrow(/expected 1 to 5 .* got 10 after the first 295/);
    expect(() => take(images, 0)).toThrow(/expected a whole number from 1 to 300/);
  });
});

describe('makeImages', () => {
  it('refuses parts that do not fit', () => {
    const parts = { name: 'x', pixels: new Uint8Array(24), size: [2, 2], labels: [0, 1], classNames: ['a', 'b'] } as const;
    expect(makeImages(parts).shape).toEqual([2, 2, 2, 3]);
    expect(() => makeImages({ ...parts, pixels: new Uint8Array(23) })).toThrow(/expected 24 pixel bytes for 2 images of 2×2×3; got 23/);
    expect(() => makeImages({ ...parts, labels: [0, 2] })).toThrow(/expected labels 0\.\.1 \(a, b\); image 1 has 2/);
    expect(() => makeImages({ ...parts, labels: [0, 0.5] })).toThrow(/image 1 has 0.5/);
  });
});
