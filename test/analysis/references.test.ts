import { beforeAll, describe, expect, it } from 'vitest';
import { likelyLabelErrors, outOfFold } from '../../src/analysis/label-errors.ts';
import {
  logisticProbabilities,
  type LogisticRegression,
  logisticRegression,
  openRegression,
} from '../../src/training/regression/logistic-regression.ts';
import { classifyByNeighbours } from '../../src/features/neighbours.ts';
import { features, type Features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { drawn } from '../references/drawn.ts';
import { reference } from '../references/read.ts';

/** What test/references/evaluation.py wrote beside the figures of `evaluate`. */
interface Reference {
  issues: { classes: number; labels: number[]; probabilities: number[]; issues: number[] }[];
  regressions: {
    x: number[];
    labels: number[];
    cases: { l2: number; standardize: boolean; loss: number; probabilities: number[] }[];
  };
  neighbours: { queries: number[]; cases: { count: number; classes: number[] }[] };
  folds: { labels: number[]; counts: number[][] };
}
const { issues, regressions, neighbours, folds } = reference<Reference>('evaluation.json');
const { x, labels } = regressions;
const train = features(Float32Array.from(x), labels);

beforeAll(useTensorFlow);

describe('likelyLabelErrors', () => {
  it('stands a class without an image (cleanlab #288)', () => {
    const said = Float32Array.of(0.1, 0.7, 0.2, 0.1, 0.8, 0.1, 0.7, 0.2, 0.1, 0.8, 0.1, 0.1);
    const found = likelyLabelErrors({ labels: Int32Array.of(0, 0, 1, 1), classNames: ['a', 'b', 'c'] }, said);
    expect(found.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3]);
  });

  for (const { classes, issues: expected, ...one } of issues)
    it(`finds cleanlab's ${expected.length} of ${one.labels.length} labels of ${classes} classes`, () => {
      const classNames = Array.from({ length: classes }, (_, k) => `class ${k}`);
      const set = { labels: Int32Array.from(one.labels), classNames };
      const found = likelyLabelErrors(set, Float32Array.from(one.probabilities));
      const inOrder = (positions: readonly number[]): number[] => [...positions].sort((a, b) => a - b);
      expect(inOrder(found.map(({ index }) => index))).toEqual(inOrder(expected));
      const said = found.map(({ selfConfidence }) => selfConfidence);
      expect(said).toEqual(expected.map((i) => Math.fround(one.probabilities[i * classes + one.labels[i]])));
      expect(found.filter(({ label, suggestion }) => label === suggestion)).toEqual([]);
    });
});

describe('the regression', () => {
  for (const standardize of [false, true])
    it(`is scikit-learn's at every decay, ${standardize ? 'standardised' : 'as it is'}`, async () => {
      const cases = regressions.cases.filter((one) => one.standardize === standardize);
      const decays = cases.map(({ l2 }) => l2);
      expect(decays).toEqual([...decays].sort((a, b) => b - a));
      const search = await openRegression(train, Math.min(...decays), { standardize });
      let at = 0;
      let from: LogisticRegression | undefined;
      for (const decay of decays) {
        const fitted: LogisticRegression = (from = await search.at(decay, { from }));
        const { l2, loss, probabilities } = cases[at++];
        expect([fitted.l2, fitted.converged]).toEqual([l2, true]);
        expect(fitted.loss / loss - 1).toBeLessThan(1e-5);
        (await logisticProbabilities(fitted, train)).forEach((p, i) =>
          expect(Math.abs(p - probabilities[i])).toBeLessThan(2e-3),
        );
      }
      search.dispose();
      expect(at).toBe(cases.length);
    });

  it('does not say that it is at its optimum where the way there is too flat to tell (scikit-learn #15556)', async () => {
    // all that tells is a hundred thousandth as large as what does not
    const u = drawn(400 * 3, 3);
    const told = Array.from({ length: 400 }, (_, i) => Number(u[3 * i + 1] + 0.3 * u[3 * i + 2] > 0));
    const unscaled = features(
      u.map((value, j) => (j % 3 ? value : 1e5 * value)),
      told,
    );
    const flat = await logisticRegression(unscaled, { l2: 1e-12 });
    expect(flat.converged && flat.loss > 0.3).toBe(false); // 0.69 is that of the bias alone, where the gradient is as good as none
    const { loss, converged } = await logisticRegression(unscaled, { l2: 1e-6, standardize: true });
    expect(loss).toBeLessThan(0.1);
    expect(converged).toBe(true);
  });

  it('gives a feature that never changes no weight', async () => {
    const { weights } = await logisticRegression(train, { l2: 0.01, standardize: true });
    expect([...weights.subarray(5 * 3, 6 * 3)]).toEqual([0, 0, 0]);
  });

  it('gives a class without an image no probability', async () => {
    const shifted = features(
      Float32Array.from(x),
      labels.map((label) => label + Number(label > 0)),
      { classNames: ['a', 'none', 'b', 'c'] },
    );
    const [three, absent] = await Promise.all([train, shifted].map(probabilitiesOf));
    three.forEach((p, i) => {
      const row = Math.floor(i / 3) * 4;
      expect(absent[row + 1]).toBeLessThan(1e-6);
      expect(absent[row + (i % 3) + Number(i % 3 > 0)]).toBeCloseTo(p, 3);
    });
  });
});

const probabilitiesOf = async (of: Features): Promise<Float32Array> =>
  logisticProbabilities(await logisticRegression(of, { l2: 0.001 }), of);

it("neighbours vote as scikit-learn's do, weighted by their cosines", async () => {
  const queries = features(Float32Array.from(neighbours.queries), new Array<number>(60).fill(0));
  for (const { count, classes } of neighbours.cases)
    expect([...(await classifyByNeighbours(train, queries, { count }))]).toEqual(classes);
});

it("folds have their share of each class, within one image of scikit-learn's StratifiedKFold", async () => {
  const n = folds.labels.length;
  const seen: number[][] = [];
  const set = features(
    new Float32Array(n).map((_, i) => i),
    folds.labels,
  );
  // rows are read fold by fold: first those that train, then those that are judged
  const rows = (indices: ArrayLike<number>): Promise<Float32Array> => {
    if (indices.length < n / 2) seen.push(Array.from(indices, (i) => folds.labels[i]));
    return set.rows(indices);
  };
  await outOfFold({ ...set, rows }, { folds: 5 });
  expect(seen).toHaveLength(5);
  seen.forEach((held, f) =>
    folds.counts[f].forEach((count, k) =>
      expect(Math.abs(held.filter((label) => label === k).length - count)).toBeLessThanOrEqual(1),
    ),
  );
});

it('folds need two images of a class: nobody else could know the one', async () => {
  const one = features(
    new Float32Array(9).map((_, i) => i),
    [0, 0, 0, 0, 1, 1, 1, 1, 2],
    { classNames: ['a', 'b', 'rare'] },
  );
  await expect(outOfFold(one)).rejects.toThrow(/two images or more of a class.*"rare" of .* has one/);
});
