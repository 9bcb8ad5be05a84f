import { expect, it } from 'vitest';
import { random } from '../../src/random.ts';
import { proportion } from '../../src/training/evaluation/interval.ts';
import { balancedAccuracy, recallByClass, unevenClasses } from '../../src/training/evaluation/recall.ts';
import { metricCases } from '../references/metric-cases.ts';

const names = (k: number): string[] => Array.from({ length: k }, (_, i) => `class ${i}`);

it("recall of each class and balanced accuracy are scikit-learn's", () => {
  for (const { labels, classes, evaluation, recall, balancedAccuracy: mean } of metricCases()) {
    const rows = recallByClass(labels, evaluation.right, names(classes));
    rows.forEach((row, k) => expect(row.recall!.value).toBeCloseTo(recall[k], 12));
    expect(rows.map(({ n }) => n)).toEqual(names(classes).map((_, k) => labels.filter((label) => label === k).length));
    expect(balancedAccuracy(rows).value).toBeCloseTo(mean, 12);
    expect(evaluation.balancedAccuracy.value).toBeCloseTo(mean, 12);
  }
});

it('a class without an image has no recall, and does not count', () => {
  const rows = recallByClass([0, 0, 2], [1, 0, 1], names(3));
  expect(rows[1]).toEqual({ className: 'class 1', n: 0, recall: undefined });
  expect(balancedAccuracy(rows)).toMatchObject({ value: 0.75, n: 3 });
});

it('the interval of one class is its own, and of several it is narrower than the widest', () => {
  const one = balancedAccuracy(recallByClass([0, 0, 0, 0], [1, 1, 1, 0], ['only']));
  expect(one.interval[0]).toBeCloseTo(proportion(3, 4).interval[0], 12);
  expect(one.interval[1]).toBeCloseTo(proportion(3, 4).interval[1], 12);
  expect(String(one)).toBe('75.0 % (95 % interval 30.1 to 95.4, n = 4)');
});

it('the interval holds the true mean in about 95 % of 1,000 samples of uneven classes', () => {
  const shares = [0.9, 0.7, 0.4];
  const sizes = [200, 40, 10];
  const next = random(1, 'recall');
  let held = 0;
  for (let sample = 0; sample < 1000; sample++) {
    const labels = sizes.flatMap((n, k) => new Array<number>(n).fill(k));
    const right = labels.map((k) => Number(next() < shares[k]));
    const [low, high] = balancedAccuracy(recallByClass(labels, right, names(3))).interval;
    held += Number(low <= 2 / 3 && 2 / 3 <= high);
  }
  expect(held).toBeGreaterThan(930);
  expect(held).toBeLessThan(985);
});

it('classes differ in size from a fifth on', () => {
  const uneven = (...sizes: number[]): boolean => {
    const labels = sizes.flatMap((n, k) => new Array<number>(n).fill(k));
    return unevenClasses(recallByClass(labels, labels, names(sizes.length)));
  };
  expect(uneven(100, 119)).toBe(false);
  expect(uneven(100, 121)).toBe(true);
  expect(uneven(100, 100, 0)).toBe(false); // not a small class, but none
});
