import { expect, it } from 'vitest';
import { frontier, frontierPlot } from '../../src/plots/experiments/frontier.ts';
import { proportion } from '../../src/training/evaluation/interval.ts';
import { parsed, texts } from './parsed.ts';

const choice = (name: string, cost: number, right: number) => ({ name, cost, accuracy: proportion(right, 100) });

it('the frontier holds what nothing else beats in both cost and accuracy', () => {
  const found = frontier([
    choice('slow', 9, 80),
    choice('bad', 5, 50),
    choice('cheap', 1, 60),
    choice('middle', 4, 70),
    choice('tie', 4, 65),
  ]);
  expect(found.map(({ name }) => name)).toEqual(['cheap', 'middle', 'slow']);
});

it('names of choices that are close to each other do not overlap', () => {
  const names = ['first of all', 'the second', 'a third one', 'number four', 'the last one'];
  // the third is a little lower than the second: one line up, its name would stand on the second's
  const choices = names.map((name, i) => choice(name, [1, 40, 42, 45, 50][i], [60, 80, 78, 80, 70][i]));
  const [svg] = parsed(frontierPlot(choices, { cost: 'milliseconds' })).pictures;
  const places = [...svg.querySelectorAll('text')]
    .filter((text) => names.includes(text.textContent ?? ''))
    .map((text) => {
      const [x, y] = /translate\(([\d.]+),([\d.-]+)\)/.exec(text.getAttribute('transform')!)!.slice(1).map(Number);
      return { x, y: y + (Number.parseFloat(text.closest('g')!.getAttribute('transform')?.split(',')[1] ?? '0') || 0) };
    });
  expect(texts(svg)).toEqual(expect.arrayContaining(names));
  expect(places).toHaveLength(5);
  for (const [i, a] of places.entries()) {
    expect(a.y).toBeGreaterThan(10);
    for (const b of places.slice(i + 1)) expect(Math.abs(a.x - b.x) > 70 || Math.abs(a.y - b.y) >= 12.9).toBe(true);
  }
});
