import { expect, it } from 'vitest';
import { pick } from '../../src/data/dataset.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { withClasses } from '../../src/data/with-classes.ts';

const images = shapes10({ train: 20 }).train;
const names = images.classNames;

it('labels become places in the other class names, and pictures stay', async () => {
  const other = ['none of these', ...[...names].reverse()];
  const moved = withClasses(images, other);
  expect(moved.classNames).toEqual(other);
  expect(Array.from(moved.labels, (label) => other[label])).toEqual(Array.from(images.labels, (label) => names[label]));
  expect(await moved.at([3, 7])).toEqual(await images.at([3, 7]));
  expect(moved.keys).toEqual(images.keys);
});

it('is the same data set where the names are the same', () => {
  expect(withClasses(images, [...names])).toBe(images);
});

it('classes without a picture need not be known; others are named', () => {
  const first = pick(images, [0, 10]); // of the first class
  expect([...withClasses(first, [names[0]]).labels]).toEqual([0, 0]);
  expect(() => withClasses(images, names.slice(2))).toThrow(
    `shapes10 train: expected classes among ${names.slice(2).join(', ')}; got ${names[0]}, ${names[1]} as well. Take those pictures out`,
  );
});
