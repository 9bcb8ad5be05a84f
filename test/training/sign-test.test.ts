import { expect, it } from 'vitest';
import { signTest } from '../../src/training/evaluation/sign-test.ts';

// scipy.stats.binomtest(ahead, ahead + behind, alternative='greater').pvalue
it.each([
  [0, 0, 1],
  [1, 0, 0.5],
  [4, 0, 0.0625],
  [5, 0, 0.03125],
  [12, 4, 0.0384063720703125],
  [3, 9, 0.980712890625],
  [3100, 2900, 0.00509552076],
])('%d images ahead and %d behind: %d', (ahead, behind, expected) => {
  expect(signTest(ahead, behind)).toBeCloseTo(expected, 5);
});
