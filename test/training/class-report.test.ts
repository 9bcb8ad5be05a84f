import { expect, it } from 'vitest';
import { random } from '../../src/random.ts';
import { averagePrecision } from '../../src/training/evaluation/average-precision.ts';
import { classReport, type ClassReport } from '../../src/training/evaluation/class-report.ts';
import { createEvaluation } from '../../src/training/evaluation/evaluation.ts';
import { reference } from '../references/read.ts';

type Figures = readonly (number | null)[];
interface Case {
  readonly labels: number[];
  readonly probabilities: number[];
  readonly classes: number;
  readonly support: number[];
  readonly predicted: number[];
  readonly precision: Figures;
  readonly recall: Figures;
  readonly f1: Figures;
  readonly rocAuc: Figures;
  readonly averagePrecision: Figures;
  readonly macro: number[];
  readonly weighted: number[];
  readonly topK: Readonly<Record<string, number>>;
}

const reportOf = (labels: readonly number[], probabilities: readonly number[], classes: number): ClassReport =>
  classReport(
    createEvaluation({
      probabilities: Float32Array.from(probabilities),
      labels: Int32Array.from(labels),
      classNames: Array.from({ length: classes }, (_, k) => `class ${k}`),
      temperature: 1,
      of: { head: 'a head', test: { id: 'a test', name: 'drawn', n: labels.length, views: 1 } },
    }),
  );

it("what is said of each class is scikit-learn's, with and without classes that are absent", () => {
  const { cases } = reference<{ cases: Case[] }>('class-report.json');
  expect(cases.some(({ support }) => support.includes(0))).toBe(true);
  expect(cases.some(({ predicted, support }) => predicted.some((count, k) => !count && support[k]))).toBe(true);
  for (const one of cases) {
    const { classes, macro, weighted, topK } = reportOf(one.labels, one.probabilities, one.classes);
    expect(classes.map(({ support }) => support)).toEqual(one.support);
    expect(classes.map(({ predicted }) => predicted)).toEqual(one.predicted);
    for (const key of ['precision', 'recall', 'f1', 'rocAuc'] as const)
      same(
        classes.map((of) => of[key]?.value),
        one[key],
      );
    same(
      classes.map((of) => of.averagePrecision),
      one.averagePrecision,
    );
    same([macro.precision, macro.recall, macro.f1], one.macro);
    same([weighted.precision, weighted.recall, weighted.f1], one.weighted);
    expect(topK.map(({ k }) => String(k))).toEqual(Object.keys(one.topK));
    same(
      topK.map(({ value }) => value),
      Object.values(one.topK),
    );
  }
});

function same(got: readonly (number | undefined)[], expected: Figures): void {
  expect(got.map((value) => value === undefined)).toEqual(expected.map((value) => value === null));
  got.forEach((value, i) => value !== undefined && expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-6));
}

it('means leave out classes with neither an image nor a prediction', () => {
  const { classes, macro } = reportOf([0, 0, 1, 1], [0.9, 0.1, 0, 0.8, 0.2, 0, 0.3, 0.7, 0, 0.6, 0.4, 0], 3);
  expect(classes[2]).toEqual({ className: 'class 2', support: 0, predicted: 0 });
  expect(macro.recall).toBeCloseTo(0.75, 12);
  expect([macro.rocAuc, macro.averagePrecision]).toEqual([1, 1]);
});

it('of a test with one class alone, what does not need another is said', () => {
  const { classes, macro } = reportOf([1, 1], [0.2, 0.8, 0.6, 0.4], 2);
  expect(classes[1]).toMatchObject({ recall: { value: 0.5 }, precision: { value: 1 }, rocAuc: undefined });
  expect([macro.rocAuc, classes[1].averagePrecision, classes[0].averagePrecision]).toEqual([undefined, 1, undefined]);
});

it('the interval of F1 holds the true one in about 95 % of 1,000 samples', () => {
  const next = random(1, 'f1');
  const [found, wrongly] = [0.7, 0.2]; // recall, and the share of the others that are taken for it
  const share = 0.3; // of the images
  const precision = (share * found) / (share * found + (1 - share) * wrongly);
  const truth = (2 * precision * found) / (precision + found);
  let held = 0;
  for (let sample = 0; sample < 1000; sample++) {
    const labels = Array.from({ length: 150 }, () => Number(next() < share));
    const taken = labels.map((label) => Number(next() < (label ? found : wrongly)));
    const { interval } = reportOf(
      labels,
      taken.flatMap((guess) => [1 - guess, guess]),
      2,
    ).classes[1].f1!;
    held += Number(interval[0] <= truth && truth <= interval[1]);
  }
  expect(held).toBeGreaterThan(920);
  expect(held).toBeLessThan(985);
});

it('average precision is 1 where all are found first, and the share of the class where nothing is told apart', () => {
  expect(averagePrecision([0, 1, 0, 1], [1, 4, 2, 3])).toBe(1);
  expect(averagePrecision([0, 1, 0, 0], [5, 5, 5, 5])).toBe(0.25);
  expect(averagePrecision([0, 0], [1, 2])).toBeUndefined();
});
