import { expect, it } from 'vitest';
import { againstBare, againstBareText, type BenchRow } from '../../src/bench/report.ts';

const row = (name: string, precision: string, turns: readonly number[]): BenchRow => ({
  network: 'efficientnet-lite0 to features',
  name,
  precision,
  turns,
  rate: turns[1],
  gflops: 1,
});

it('againstBare compares turns that were taken one after the other, by precision', () => {
  // the machine was half as fast in the second round, and both were
  const rows = [
    row('Graft float32', 'float32', [190, 96, 200]),
    row('ONNX Runtime float32', 'float32', [200, 100, 200]),
    row('Keras / TensorFlow float32', 'float32', [50, 50, 50]),
    row('Graft int8', 'int8', [20, 20, 20]),
  ];
  const pairs = againstBare(rows);
  expect(pairs).toHaveLength(1);
  expect(pairs[0].ratio).toBeCloseTo(0.96, 12);
  expect(againstBareText(pairs[0])).toBe(
    "float32: Graft's extraction at 0.96 of the bare session (pairs of turns: 0.95 0.96 1.00)",
  );
});
