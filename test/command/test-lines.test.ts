import { expect, it } from 'vitest';
import { testLines } from '../../src/command/run/print/test-lines.ts';
import { testFigures } from '../../src/experiments/test-figures.ts';
import { createEvaluation } from '../../src/training/evaluation/evaluation.ts';
import { tempered } from '../../src/training/evaluation/tempered.ts';
import { evaluationOf, guessed } from '../plots/fixed-rows.ts';

it('equal classes need accuracy alone', () => {
  expect(testLines(testFigures(guessed([0, 1, 2], [0, 1, 1], ['a', 'b', 'c'])))).toEqual([
    'test accuracy 66.7 % (95 % interval 20.8 to 93.9, n = 3)',
  ]);
});

it('classes that differ in size, two classes and a temperature each have a line', () => {
  const labels = [0, 0, 0, 1];
  const own = Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.4, 0.6, 0.3, 0.7);
  const plain = evaluationOf(labels, own, ['cat', 'dog']);
  const scaled = createEvaluation({ ...plain, probabilities: tempered(own, 2, 2), temperature: 2 });
  expect(testLines(testFigures(scaled))).toEqual([
    'test accuracy 75.0 % (95 % interval 30.1 to 95.4, n = 4)',
    expect.stringMatching(/^balanced accuracy 83\.3 % \(95 % interval \d+\.\d to \d+\.\d\)$/),
    'recall: cat 66.7 % of 3, dog 100.0 % of 1',
    expect.stringMatching(/^ROC AUC of dog 1\.000 \(95 % interval 0\.\d{3} to 1\.000\)$/),
    expect.stringMatching(/^temperature 2\.00: expected calibration error 30\.0 % before, \d+\.\d % after$/),
  ]);
});
