import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { features } from '../../src/features/features.ts';
import { joinViews } from '../../src/features/views.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { buildHead } from '../../src/models/head.ts';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import { createEvaluation, untempered } from '../../src/training/evaluation/evaluation.ts';
import type { Proportion } from '../../src/training/evaluation/interval.ts';
import { judge } from '../../src/training/evaluation/judge.ts';
import { scaleTemperature } from '../../src/training/evaluation/temperature.ts';
import { reference } from '../references/read.ts';

type Pair = [number, number];

/** What test/references/evaluation.py wrote. */
interface Case {
  readonly name: string;
  readonly classes: number;
  readonly temperature: number;
  readonly labels: number[];
  /** Of each view [N, K]. */
  readonly scores: number[][];
  readonly accuracy: number;
  readonly interval: Pair;
  readonly balancedAccuracy: number;
  readonly balancedInterval: Pair;
  readonly recall: (number | null)[];
  readonly recallIntervals: (Pair | null)[];
  readonly counts: number[];
  readonly rocAuc: number | null;
  readonly rocAucInterval: Pair | null;
  readonly loss: number;
  readonly error: number;
  readonly bins: { n: number; accuracy: number; confidence: number }[];
  readonly predictions: number[];
  readonly confidence: number[];
}
const { evaluations } = reference<{ evaluations: Case[] }>('evaluation.json');

/** Features that are scores, and a head that lets them through. */
function scored({ classes, scores, labels }: Case) {
  const classNames = Array.from({ length: classes }, (_, k) => `class ${k}`);
  const each = scores.map((view) => features(Float32Array.from(view), labels, { classNames }));
  const head = buildHead([classes], { classes: classNames, dropout: 0 });
  const values = [tf.eye(classes), tf.zeros([classes])];
  head.setWeights(values);
  tf.dispose(values);
  return { head, test: each.length > 1 ? joinViews(each) : each[0] };
}

const near = (found: number, expected: number): void => expect(Math.abs(found - expected)).toBeLessThan(1e-6);
const nearBoth = (found: readonly number[], expected: readonly number[]): void =>
  expected.forEach((value, end) => near(found[end], value));

beforeAll(useTensorFlow);

describe('every figure of evaluate is that of scikit-learn and SciPy', () => {
  for (const one of evaluations)
    it(`on ${one.name}`, async () => {
      const { head, test } = scored(one);
      const found = await evaluate(head, test, { temperature: one.temperature });
      const share = ({ value, interval }: Proportion, expected: number, ends: Pair): void => {
        near(value, expected);
        nearBoth(interval, ends);
      };
      share(found.accuracy, one.accuracy, one.interval);
      share(found.balancedAccuracy, one.balancedAccuracy, one.balancedInterval);
      expect(found.perClass.map(({ n }) => n)).toEqual(one.counts);
      one.recall.forEach((recall, k) => {
        if (recall === null) expect(found.perClass[k].recall).toBeUndefined();
        else share(found.perClass[k].recall!, recall, one.recallIntervals[k]!);
      });
      if (one.rocAuc === null) expect(found.rocAuc).toBeUndefined();
      else {
        near(found.rocAuc!.value, one.rocAuc);
        nearBoth(found.rocAuc!.interval, one.rocAucInterval!);
      }
      near(found.loss, one.loss);
      near(found.reliability.error, one.error);
      expect(found.reliability.bins.map(({ n }) => n)).toEqual(one.bins.map(({ n }) => n));
      found.reliability.bins.forEach((bin, b) => {
        near(bin.accuracy, one.bins[b].accuracy);
        near(bin.confidence, one.bins[b].confidence);
      });
      expect([...found.predictions]).toEqual(one.predictions);
      found.confidence.forEach((confidence, i) => near(confidence, one.confidence[i]));
      expect([...found.right]).toEqual(one.labels.map((label, i) => Number(label === one.predictions[i])));
      if (one.temperature === 1) {
        const judged = await judge(head, test);
        expect([judged.accuracy.value, judged.loss]).toEqual([found.accuracy.value, found.loss]);
        expect(judged.right).toEqual(found.right);
      }
      head.dispose();
    });
});

it('images that float32 calls certain keep their order at other temperatures, and by both probabilities', async () => {
  const sure = evaluations.find(({ name }) => name === 'two classes, surer than any float32')!;
  const { head, test } = scored(sure);
  const { before, after } = await scaleTemperature(head, test);
  const later = await evaluate(head, test);
  for (const one of [before, after, later, untempered(later)]) expect(one.rocAuc!.value).toBeCloseTo(sure.rocAuc!, 12);
  const { probabilities, labels, classNames, of } = createEvaluation({
    probabilities: Float32Array.of(1e-9, 1, 1e-12, 1, 1e-10, 1),
    labels: Int32Array.of(0, 1, 1),
    classNames: ['a', 'b'],
    temperature: 1,
    of: before.of,
  });
  expect(createEvaluation({ probabilities, labels, classNames, temperature: 1, of }).rocAuc!.value).toBe(1);
  head.dispose();
});
