import { expect, it } from 'vitest';
import { differenceOfRows, type MadeRow, madeRows } from '../../src/results/made-rows.ts';
import { proportion } from '../../src/training/evaluation/interval.ts';

const row = (name: string, right: number, n: number, seeds: readonly number[] = [1]): MadeRow => ({
  ...{ name, about: '', seeds, each: [], minutes: 10, featureMinutes: 1, gigabytes: 1, gigabytesOnDisk: 1, basis: '' },
  accuracy: proportion(right, n),
});

it('a difference has the interval of Newcombe’s first example, method 10', () => {
  // R. G. Newcombe, 1998, table II, contrast (a): 56/70 less 48/80, 0.0524 to 0.3339
  const said = differenceOfRows([row('a', 56, 70, [1, 2]), row('b', 48, 80, [1, 2])], 'a', 'b')!;
  expect(said).toContain('difference: 20.0 points (95 % interval 5.2 to 33.4, as if each had test images of its own)');
});

it('tells that one seed says nothing of others, and gives nothing for a row that was not made', () => {
  const rows = [row('a', 56, 70), row('b', 48, 80, [1, 2])];
  expect(differenceOfRows(rows, 'a', 'b')).toContain('of its own; other seeds are not in it)');
  expect(differenceOfRows(rows, 'a', 'c')).toBeUndefined();
});

it('the rows that differ in their input size alone have it', async () => {
  const sizes = (await madeRows()).flatMap(({ name, upscaledTo }) => (upscaledTo ? [[name, upscaledTo]] : []));
  expect(sizes).toEqual([224, 160, 128, 96].map((size) => [`frozen-${size}`, size]));
});
