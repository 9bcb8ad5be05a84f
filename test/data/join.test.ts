import { expect, it } from 'vitest';
import { pick } from '../../src/data/dataset.ts';
import { join } from '../../src/data/join.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';

const images = shapes10({ train: 20 }).train;
const files = { fileAt: (i: number): string => `${i}.png` };

it('parts stand one after the other, with their labels, keys, pixels and files', async () => {
  const [first, second] = [pick({ ...images, ...files }, [3, 1]), pick({ ...images, ...files }, [7])];
  const whole = join([first, second], { name: 'whole' });
  const same = pick(images, [3, 1, 7], { name: 'whole' });
  expect(whole.id).toBe(same.id);
  expect(await whole.at([2, 0, 1])).toEqual(Buffer.from(await same.at([2, 0, 1])));
  expect([0, 1, 2].map((i) => whole.fileAt!(i))).toEqual(['3.png', '1.png', '7.png']);
  expect(String(whole)).toBe('whole: 3 images of 32×32, 10 classes');
});

it('a network gets each part in its own size', () => {
  const elastic = { ...images, forNetwork: () => pick(images, [0, 1]) };
  expect(join([elastic, elastic], { name: 'both' }).forNetwork!({ size: 8, interpolation: 'area' }).n).toBe(4);
});
