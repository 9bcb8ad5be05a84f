import { expect, it } from 'vitest';
import { reliabilityOf } from '../../src/training/evaluation/reliability.ts';
import { metricCases } from '../references/metric-cases.ts';

it("has scikit-learn's bins (calibration_curve), and their expected calibration error", () => {
  for (const { evaluation, error, accuracy, confidence, counts } of metricCases()) {
    const { bins, error: found } = evaluation.reliability;
    expect(bins.map(({ n }) => n)).toEqual(counts);
    bins.forEach((bin, b) => {
      expect(bin.accuracy).toBeCloseTo(accuracy[b], 12);
      expect(bin.confidence).toBeCloseTo(confidence[b], 6);
    });
    expect(found).toBeCloseTo(error, 6);
  }
});

it('is 0 where confidence is what comes out, and the distance where it is not', () => {
  expect(reliabilityOf([0.5, 0.5], [1, 0]).error).toBe(0);
  expect(reliabilityOf([1, 1, 1, 1], [1, 0, 0, 0]).error).toBe(0.75);
  expect(reliabilityOf([0, 1], [0, 1]).bins).toEqual([
    { from: 0, to: 1 / 15, n: 1, confidence: 0, accuracy: 0 },
    { from: 14 / 15, to: 1, n: 1, confidence: 1, accuracy: 1 },
  ]);
});
