import { expect, it } from 'vitest';
import { proportion, proportionText } from '../../src/training/evaluation/interval.ts';

it('gives the 95 % score interval of Wilson', () => {
  // statsmodels.stats.proportion.proportion_confint(count, n, method='wilson')
  for (const [count, n, low, high] of [
    [852, 1000, 0.828645, 0.872661],
    [0, 10, 0, 0.277533],
    [10, 10, 0.722467, 1],
    [7, 500, 0.006798, 0.028613],
  ] as const) {
    const { value, interval } = proportion(count, n);
    expect(value).toBe(count / n);
    expect(interval[0]).toBeCloseTo(low, 5);
    expect(interval[1]).toBeCloseTo(high, 5);
  }
});

it('reads as a sentence, and refuses counts that make no sense', () => {
  expect(proportionText(proportion(852, 1000))).toBe('85.2 % (95 % interval 82.9 to 87.3, n = 1,000)');
  expect(() => proportion(3, 2)).toThrow(/expected 0 ≤ successes ≤ n/);
  expect(() => proportion(0, 0)).toThrow();
});
