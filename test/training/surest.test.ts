import { expect, it } from 'vitest';
import { surest } from '../../src/training/evaluation/surest.ts';

it('surest finds the positions of the surest, of right or wrong ones, and of the least sure', () => {
  const judged = { confidence: Float32Array.of(0.9, 0.5, 0.7, 0.9, 0.4), right: Uint8Array.of(1, 0, 0, 1, 1) };
  expect(surest(judged)).toEqual([0, 3, 2, 1, 4]);
  expect(surest(judged, { most: 2 })).toEqual([0, 3]);
  expect(surest(judged, { right: false })).toEqual([2, 1]);
  expect(surest(judged, { right: true, most: 1 })).toEqual([0]);
  expect(surest(judged, { least: true, most: 2 })).toEqual([1, 4]);
  expect(surest(judged, { least: true, most: 9 })).toHaveLength(5);
  expect(() => surest(judged, { most: 1.5 })).toThrow('most: expected a whole number');
});
