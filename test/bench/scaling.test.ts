import { expect, it } from 'vitest';
import { type Line, linesOf, lineText, worseText } from '../../src/bench/scaling/scaling.ts';
import { axes } from '../../src/bench/scaling/scaling-axes.ts';
import { scalingPage, scalingTable } from '../../src/bench/scaling/scaling-page.ts';
import { measureRows } from '../../src/bench/scaling/scaling-rows.ts';

const axis = {
  name: 'images',
  unit: 'image',
  at: '16 features',
  sizes: [10, 100, 1000],
  job: (images: number) => ({ images, features: 16, classes: 3 }),
};
const drawn = (): Line[] =>
  linesOf(
    axis,
    axis.sizes.map((n) => ({
      sort: { seconds: 9, cpuSeconds: 1e-4 * n ** 2, memoryMiB: 2 * n },
      extract: { seconds: 9, cpuSeconds: 1 + 0.1 * n, memoryMiB: 0.1 },
    })),
  );

it('lines say how processor time and memory grow', () => {
  const [sort, extract] = drawn();
  expect(sort).toMatchObject({ axis: 'images', step: 'sort', clock: 'processor' });
  expect(sort.time.slope).toBeCloseTo(2, 6);
  expect(sort.memory!.slope).toBeCloseTo(1, 6);
  expect(extract.time.startUp).toBeCloseTo(1, 6);
  expect(extract.memory!.slope).toBeCloseTo(0, 6);
  expect(worseText([sort, extract])).toBe('Worse than linear (above 1.2): time of “sort” by images (2.00).');
  expect(worseText([extract])).toBe('No step is worse than linear.');
  expect(lineText(sort)).toBe('images, sort: 100 ms an image, slope 2.00; 2000 MiB at the largest, slope 1.00');
});

it('the page has a section, two plots with slopes and a table for each axis', () => {
  const lines = drawn();
  const html = scalingPage({ date: '2026-11-26T00:00:00Z', commit: 'abc', machine: 'a machine', lines });
  expect(html.match(/<h2>/g)).toHaveLength(1);
  const pictures = [...html.matchAll(/svg\+xml;base64,([^"]+)/g)].map(([, code]) =>
    Buffer.from(code, 'base64').toString(),
  );
  expect(pictures).toHaveLength(4); // each for wide and for narrow screens
  expect(pictures[0]).toContain('sort 2.00');
  expect(html).toContain('a machine; 2026-11-26, commit abc');
  const table = scalingTable(lines);
  expect(table.map((row) => row.length)).toEqual([6, 6, 6]);
  expect(table[1].slice(0, 3)).toEqual(['sort', '100 ms', '2.00']);
});

it('each axis has rising sizes, a job for each, and only steps that the job gives', async () => {
  const costs = await measureRows({ images: 8, features: 4, classes: 2 });
  for (const cost of Object.values(costs)) {
    expect(cost.seconds).toBeGreaterThan(0);
    expect(cost.cpuSeconds).toBeGreaterThanOrEqual(0);
    expect(cost.memoryMiB).toBeGreaterThanOrEqual(0);
  }
  for (const quick of [false, true]) {
    for (const { sizes, steps = [] } of axes(quick)) {
      expect(sizes.length).toBeGreaterThan(2);
      expect([...sizes].sort((a, b) => a - b)).toEqual(sizes);
      expect(Object.keys(costs)).toEqual(expect.arrayContaining([...steps]));
    }
  }
});
