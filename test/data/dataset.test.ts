import { describe, expect, it } from 'vitest';
import { makeDataset, pick, take } from '../../src/data/dataset.ts';
import { KEY_BYTES } from '../../src/storage/rows/keys.ts';

const parts = {
  name: 'toy',
  pixels: Uint8Array.from({ length: 3 * 12 }, (_, i) => i),
  imageSize: [2, 2],
  labels: [0, 1, 0],
  classNames: ['a', 'b'],
} as const;
const toy = makeDataset(parts);

describe('a data set', () => {
  it('reads pictures in ranges and by place', async () => {
    expect(toy.n).toBe(3);
    expect([...(await toy.read(1, 2))]).toEqual(Array.from({ length: 12 }, (_, i) => 12 + i));
    expect([...(await toy.at([2, 0]))].slice(0, 13)).toEqual([...Array.from({ length: 12 }, (_, i) => 24 + i), 0]);
    expect(() => toy.read(1, 4)).toThrow('read: expected 0 ≤ from ≤ to ≤ 3; got 1 and 4.');
    expect(() => toy.at([3])).toThrow('index: expected a whole number in 0..2; got 3.');
  });

  it('names each picture by what it shows, whatever its place, label or data set', () => {
    expect(toy.keys).toHaveLength(3 * KEY_BYTES);
    const turned = pick(toy, [2, 1, 0]);
    expect(turned.keysAt([0])).toEqual(toy.keysAt([2]));
    const other = makeDataset({ ...parts, name: 'other', labels: [1, 1, 1], classNames: ['x', 'y'] });
    expect(other.keys).toEqual(toy.keys);
    const wide = makeDataset({ ...parts, imageSize: [1, 4] });
    expect(wide.keys).not.toEqual(toy.keys);
  });

  it('names its content: pictures in their order, labels, class names', () => {
    expect(makeDataset({ ...parts, name: 'the same' }).id).toBe(toy.id);
    const others = [
      pick(toy, [0, 2, 1]),
      take(toy, 2),
      makeDataset({ ...parts, labels: [0, 1, 1] }),
      makeDataset({ ...parts, classNames: ['a', 'c'] }),
      makeDataset({ ...parts, pixels: parts.pixels.map((value, i) => (i === 30 ? 0 : value)) }),
    ];
    expect(new Set([toy, ...others].map(({ id }) => id)).size).toBe(6);
  });

  it('describes itself in one line', () => {
    expect(String(toy)).toBe('toy: 3 images of 2×2, 2 classes');
  });

  it('is refused where its parts do not fit', () => {
    const two = { ...parts, pixels: new Uint8Array(24), labels: [0, 1] };
    expect(makeDataset(two).imageSize).toEqual([2, 2]);
    expect(() => makeDataset({ ...two, pixels: new Uint8Array(23) })).toThrow(
      /expected 24 pixel bytes for 2 images of 2×2×3; got 23/,
    );
    expect(() => makeDataset({ ...two, labels: [0, 2] })).toThrow(/expected labels 0\.\.1 \(a, b\); image 1 has 2/);
    expect(() => makeDataset({ ...two, labels: [0, 0.5] })).toThrow(/image 1 has 0.5/);
    expect(() => makeDataset({ ...two, pixels: new Uint8Array(0), labels: [] })).toThrow(
      'toy: expected one image or more; got none.',
    );
    expect(() => pick(toy, [])).toThrow('pick: expected one index or more; got none.');
  });
});
