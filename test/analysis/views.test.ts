import { beforeAll, describe, expect, it } from 'vitest';
import * as analysis from '../../src/analysis/index.ts';
import { type Features, features, pickFeatures } from '../../src/features/features.ts';
import { type FeatureViews, joinViews } from '../../src/features/views.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { draw } from '../../src/training/data.ts';
import { through } from '../../src/training/fine-tune.ts';
import { buildHead } from '../../src/models/head.ts';
import { drawn } from '../references/drawn.ts';

const N = 90;
const labels = Array.from({ length: N }, (_, i) => i % 3);
const classNames = ['a', 'b', 'c'];

/** Two views: noise goes into one and out of the other, so that neither says what their mean does. */
function noisyViews(seed: number): FeatureViews {
  const [noise, own] = [drawn(N * 4, seed), drawn(N * 4, seed + 1)];
  const signal = own.map((value, j) => 0.3 * value + 2 * Number(j % 4 === labels[j >> 2]));
  const view = (sign: number): Features =>
    features(
      signal.map((value, j) => value + sign * 8 * noise[j]),
      labels,
      { classNames },
    );
  return joinViews([view(1), view(-1)]);
}

/** By hand, as features of one view. */
async function meanOf({ each, labels: own }: FeatureViews): Promise<Features> {
  const [first, second] = await Promise.all(each.map((view) => view.rows(own.map((_, i) => i))));
  return features(
    first.map((value, i) => Math.fround(value + second[i]) / 2),
    own,
    { classNames },
  );
}

const [train, validation, test] = [noisyViews(1), noisyViews(3), noisyViews(5)];
const fitted = (of: Features) => analysis.logisticRegression(of, { l2: 0.01 });

/** Every function that reads features, with what it makes of three sets. */
const READERS: { [name: string]: (train: Features, validation: Features, test: Features) => unknown } = {
  nearestNeighbours: (base, _, queries) => analysis.nearestNeighbours(queries, base, { count: 3 }),
  classifyByNeighbours: (base, _, queries) => analysis.classifyByNeighbours(base, queries, { count: 3 }),
  nearDuplicates: (base, _, queries) => analysis.nearDuplicates(queries, base, { above: 0.98 }),
  logisticRegression: async (some) => (await fitted(some)).weights,
  logisticProbabilities: async (some, _, queries) => analysis.logisticProbabilities(await fitted(some), queries),
  chooseRegression: async (some, judge) => (await analysis.chooseRegression(some, judge)).fitted.weights,
  chosenRegression: async (some, judge, queries) =>
    (await analysis.chosenRegression({ train: some, validation: judge, test: queries })).right,
  crossValidate: async (some) =>
    (await analysis.crossValidate(some, { folds: 3, progress: false })).evaluation.probabilities,
  outOfFold: (some) => analysis.outOfFold(some, { folds: 3 }),
  embedding: async (some) => (await analysis.embedding(some, { epochs: 5 })).points,
};

/** They read pictures, or probabilities. */
const OTHERS = [
  ...['chooseBackbone', 'compareMethods'], // of a comparison
  ...['compareBackbones', 'gradCam', 'likelyLabelErrors', 'upscalingSpectra'],
];

beforeAll(useTensorFlow);

describe('features of several views', () => {
  it('are known to all that the door of analysis lets out', () => {
    const there = Object.entries(analysis).flatMap(([name, one]) => (typeof one === 'function' ? [name] : []));
    expect(there.sort()).toEqual([...Object.keys(READERS), ...OTHERS].sort());
  });

  for (const [name, read] of Object.entries(READERS))
    it(`are read as their mean by ${name}`, async () => {
      const found = await read(train, validation, test);
      expect(found).toEqual(await read(await meanOf(train), await meanOf(validation), await meanOf(test)));
      expect(found).not.toEqual(await read(train.each[0], validation.each[0], test.each[0]));
    });

  it('stay views, all of them, where some rows are picked or drawn, or go through more layers', async () => {
    const positions = [5, 2, 80];
    const mean = await (await meanOf(train)).rows(positions);
    expect(await train.rows(positions)).toEqual(mean);
    const some = pickFeatures(train, positions);
    expect(await some.rows([0, 1, 2])).toEqual(mean);
    expect(await some.rows([0, 1, 2], [0, 1, 0])).toEqual(await train.rows(positions, [0, 1, 0]));
    expect('each' in some).toBe(false); // these would be of all rows, in their old order
    expect((await draw(train, 20, 1).rows([0])).length).toBe(4);
    const head = buildHead([4], { classes: 3, dropout: 0, hidden: [5] });
    const [first, second] = await Promise.all(train.each.map((view) => through(head, view).rows(positions)));
    const both = await through(head, train).rows(positions);
    both.forEach((value, i) => expect(value).toBeCloseTo((first[i] + second[i]) / 2, 6));
    head.dispose();
  });
});
