import { expect, it } from 'vitest';
import { thresholdTable } from '../../src/training/evaluation/thresholds.ts';

const evaluation = {
  confidence: Float32Array.from([0.5, 0.75, 0.75, 0.875, 1]),
  right: Uint8Array.from([0, 1, 0, 1, 1]),
};

it('counts what is answered, and what of that is right; a probability that equals the threshold is answered', () => {
  const rows = thresholdTable(evaluation, [0, 0.75, 0.8, 1]);
  expect(rows.map(({ answered }) => answered.value)).toEqual([1, 0.8, 0.4, 0.2]);
  expect(rows.map(({ accuracy }) => accuracy!.value)).toEqual([0.6, 0.75, 1, 1]);
  expect(rows[1].accuracy!.n).toBe(4);
});

it('has no accuracy where nothing is answered, and refuses what is no probability', () => {
  expect(
    thresholdTable({ ...evaluation, confidence: new Float32Array(5).fill(0.5) }, [0.9])[0].accuracy,
  ).toBeUndefined();
  for (const bad of [-0.1, 1.1, NaN]) expect(() => thresholdTable(evaluation, [bad])).toThrow(/from 0 to 1; got/);
});
