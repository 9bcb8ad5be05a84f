import { expect, it } from 'vitest';
import { normalQuantile, studentQuantile } from '../../src/experiments/statistics/quantiles.ts';

it('the normal quantile is scipy.stats.norm.isf', () => {
  const isf: [number, number][] = [
    [0.5, 0],
    [0.3, 0.5244005127080409],
    [0.05, 1.6448536269514729],
    [0.025, 1.9599639845400545],
    [0.000125, 3.6622599308877013],
    [0.000025, 4.0556269811224],
    [1e-20, 9.262340089798409],
  ];
  for (const [tail, point] of isf) expect(normalQuantile(tail)).toBeCloseTo(point, 12);
});

it('Student’s quantile is scipy.stats.t.isf, for degrees of freedom that are no whole numbers too', () => {
  const isf: [number, number, number][] = [
    [0.025, 1, 12.706204736174705],
    [0.025, 1.5, 6.016663104427933],
    [0.025, 3.27, 3.0388344220227395],
    [0.0025, 4, 5.597568367075459],
    [0.000025, 2, 141.41605288120692],
    [0.025, 1e4, 1.9602012398906263],
    [0.025, 1e7, 1.9599642217672055],
  ];
  for (const [tail, freedom, point] of isf) expect(studentQuantile(tail, freedom) / point).toBeCloseTo(1, 6);
});
