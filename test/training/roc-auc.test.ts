import { expect, it } from 'vitest';
import { random } from '../../src/random.ts';
import { rocAuc } from '../../src/training/evaluation/roc-auc.ts';
import { metricCases } from '../references/metric-cases.ts';

it("is scikit-learn's, with and without equal scores", () => {
  const cases = metricCases().filter(({ classes }) => classes === 2);
  expect(cases).toHaveLength(2);
  for (const { labels, scores, evaluation, rocAuc: area } of cases) {
    const differences = labels.map((_, i) => scores[2 * i + 1] - scores[2 * i]);
    expect(rocAuc(labels, differences)!.value).toBeCloseTo(area!, 12);
    expect(evaluation.rocAuc!.value).toBeCloseTo(area!, 6);
  }
});

it('is 1, 0 and a half where it has to be, and nothing where a class is missing', () => {
  expect(rocAuc([0, 0, 1, 1], [1, 2, 3, 4])!.value).toBe(1);
  expect(rocAuc([1, 1, 0, 0], [1, 2, 3, 4])!.value).toBe(0);
  expect(rocAuc([0, 1, 0, 1], [5, 5, 5, 5])!.value).toBe(0.5);
  expect(rocAuc([1, 1], [1, 2])).toBeUndefined();
  expect(rocAuc([], [])).toBeUndefined();
});

it('has an interval that is not empty where all are told apart, and mirrors with the classes', () => {
  const { interval } = rocAuc([0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6])!;
  expect(interval[1]).toBe(1);
  expect(interval[0]).toBeGreaterThan(0.3);
  expect(interval[0]).toBeLessThan(0.8);
  const some = rocAuc([0, 1, 0, 1, 1], [1, 2, 3, 4, 5])!.interval;
  const mirrored = rocAuc([1, 0, 1, 0, 0], [1, 2, 3, 4, 5])!.interval;
  expect(some[0]).toBeCloseTo(1 - mirrored[1], 12);
  expect(some[1]).toBeCloseTo(1 - mirrored[0], 12);
});

it('its interval holds the true area in about 95 % of 500 samples', () => {
  const next = random(1, 'roc-auc');
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const truth = 0.8556; // Φ(1.5 / √2), for normal scores 1.5 apart
  let held = 0;
  for (let sample = 0; sample < 500; sample++) {
    const labels = Array.from({ length: 60 }, (_, i) => Number(i < 20));
    const [low, high] = rocAuc(
      labels,
      labels.map((label) => normal() + 1.5 * label),
    )!.interval;
    held += Number(low <= truth && truth <= high);
  }
  expect(held).toBeGreaterThan(460);
  expect(held).toBeLessThan(495);
});
