import { createEvaluation, type Evaluation } from '../../src/training/evaluation/evaluation.ts';
import { reference } from './read.ts';

/** What test/references/metrics.py wrote of one set of predictions. */
interface Case {
  readonly labels: number[];
  /** [N, K] float32. */
  readonly scores: number[];
  readonly classes: number;
  readonly recall: number[];
  readonly balancedAccuracy: number;
  readonly rocAuc: number | null;
  readonly loss: number;
  readonly error: number;
  readonly accuracy: number[];
  readonly confidence: number[];
  readonly counts: number[];
  readonly temperature: number;
  readonly lossAfter: number;
  readonly errorAfter: number;
}

/** scikit-learn's cases, each with what Graft makes of the same scores. */
export const metricCases = (): (Case & { readonly evaluation: Evaluation })[] =>
  reference<{ cases: Case[] }>('metrics.json').cases.map((one) => ({
    ...one,
    evaluation: createEvaluation({
      probabilities: softmax(one.scores, one.classes),
      labels: Int32Array.from(one.labels),
      classNames: Array.from({ length: one.classes }, (_, k) => `class ${k}`),
      temperature: 1,
      of: { head: 'a head', test: { id: 'a test', name: 'metrics.py', n: one.labels.length, views: 1 } },
    }),
  }));

function softmax(scores: readonly number[], classes: number): Float32Array {
  const out = new Float32Array(scores.length);
  for (let at = 0; at < scores.length; at += classes) {
    const row = scores.slice(at, at + classes).map(Math.exp);
    out.set(
      row.map((e) => e / row.reduce((a, b) => a + b)),
      at,
    );
  }
  return out;
}
