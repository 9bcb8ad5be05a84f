import { expect, it } from 'vitest';
import { growthOf, isWorse, logSlope } from '../../src/bench/scaling/growth.ts';

const points = (cost: (size: number) => number): { size: number; cost: number }[] =>
  [10, 100, 1000, 10_000].map((size) => ({ size, cost: cost(size) }));

it('logSlope is the exponent', () => {
  expect(logSlope(points((n) => 3 * n))).toBeCloseTo(1, 12);
  expect(logSlope(points((n) => 0.2 * n ** 2))).toBeCloseTo(2, 12);
  expect(logSlope(points(() => 5))).toBeCloseTo(0, 12);
});

it('growthOf tells a start-up apart, which would flatten the slope', () => {
  const cost = (n: number): number => 7 + 0.1 * n;
  expect(logSlope(points(cost))).toBeLessThan(0.75);
  const growth = growthOf(points(cost));
  expect(growth.startUp).toBeCloseTo(7, 6);
  expect(growth.slope).toBeCloseTo(1, 6);
  expect(growth).toMatchObject({ from: 100, to: 10_000, grows: true });
});

it('growthOf says where a start-up outweighs all else, and nothing is worse than linear there', () => {
  const growth = growthOf(points((n) => 1 + n / 1e6));
  expect(growth.grows).toBe(false);
  expect(isWorse({ ...growth, slope: 2 })).toBe(false);
});

it('isWorse finds what grows faster than its size, behind a start-up too', () => {
  expect(isWorse(growthOf(points((n) => n ** 1.5)))).toBe(true);
  expect(isWorse(growthOf(points((n) => 5 + (n / 100) ** 2)))).toBe(true);
  expect(isWorse(growthOf(points((n) => 5 + n)))).toBe(false);
  expect(isWorse(growthOf(points((n) => n ** 1.5)))).toBe(true);
});
