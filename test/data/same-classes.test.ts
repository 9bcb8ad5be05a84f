import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as analysis from '../../src/analysis/index.ts';
import type { Backbone } from '../../src/models/backbone.ts';
import { type Dataset, makeDataset } from '../../src/data/dataset.ts';
import { createClassifier } from '../../src/classifier/classifier.ts';
import { join } from '../../src/data/join.ts';
import { type Features, features } from '../../src/features/features.ts';
import { joinViews } from '../../src/features/views.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import * as graft from '../../src/index.ts';
import { buildHead } from '../../src/models/head.ts';
import * as plots from '../../src/plots/index.ts';
import { judge } from '../../src/training/evaluation/judge.ts';
import { publicFunctions } from '../front-doors.ts';

const [N, D] = [12, 4];
const CLASSES = ['ant', 'bee', 'cat'];
const labelsOf = (classNames: readonly string[]): Int32Array =>
  Int32Array.from({ length: N }, (_, i) => i % classNames.length);

/** Rows that tell three classes apart, their labels by the names given. */
const rowsOf = (classNames: readonly string[], name = `rows of ${classNames.join()}`): Features => {
  const labels = labelsOf(classNames);
  const rows = Float32Array.from({ length: N * D }, (_, i) =>
    Number(CLASSES.indexOf(classNames[labels[Math.floor(i / D)]]) === i % D),
  );
  return features(rows, labels, { classNames, name });
};
const picturesOf = (classNames: readonly string[]): Dataset =>
  makeDataset({
    name: `pictures of ${classNames.join()}`,
    pixels: new Uint8Array(N * 8 * 8 * 3).map((_, i) => i % 251),
    imageSize: [8, 8],
    labels: labelsOf(classNames),
    classNames,
  });

/** Knows its classes only where they are named. */
const headOf = (classes: number | readonly string[]) => buildHead([D], { classes, dropout: 0 });
/** Nothing of it is used where classes do not fit. */
const partsOf = (classes: number | readonly string[]) => ({ backbone: {} as Backbone, head: headOf(classes) });
const folder = mkdtempSync(path.join(os.tmpdir(), 'same-classes-'));
const quick = { epochs: 1, progress: false } as const;

type Call = (other: readonly string[]) => unknown;

/** Every function that takes two sets whose labels it compares, with the second one in the order given. */
const CALLS: Readonly<Record<string, Call>> = {
  sample: (other) => graft.sample({ train: picturesOf(CLASSES), test: picturesOf(other) }),
  trainClassifier: (other) => graft.trainClassifier({ data: { train: picturesOf(CLASSES), test: picturesOf(other) } }),
  fit: (other) => graft.fit(headOf(3), rowsOf(CLASSES), { ...quick, validation: rowsOf(other) }),
  evaluate: (other) => graft.evaluate(headOf(CLASSES), rowsOf(other)),
  scaleTemperature: (other) => graft.scaleTemperature(headOf(CLASSES), rowsOf(other)),
  findLearningRate: (other) => graft.findLearningRate(headOf(CLASSES), rowsOf(other)),
  fineTune: (other) => graft.fineTune(headOf(3), rowsOf(CLASSES), { ...quick, validation: rowsOf(other) }),
  sweep: (other) =>
    graft.sweep({ seed: [1] }, { train: rowsOf(CLASSES), test: rowsOf(other) }, { folder, progress: false }),
  compareBackbones: (other) =>
    analysis.compareBackbones({ train: picturesOf(CLASSES), test: picturesOf(other) }, ['vgg19-mini']),
  chosenRegression: (other) =>
    analysis.chosenRegression({ train: rowsOf(CLASSES), test: rowsOf(other) }, { decays: [0.01] }),
  chooseRegression: (other) => analysis.chooseRegression(rowsOf(CLASSES), rowsOf(other)),
  classifyByNeighbours: (other) => analysis.classifyByNeighbours(rowsOf(CLASSES), rowsOf(other), { count: 1 }),
  logisticRegression: async (other) =>
    analysis.logisticRegression(rowsOf(other), { start: await analysis.logisticRegression(rowsOf(CLASSES)) }),
  logisticProbabilities: async (other) =>
    analysis.logisticProbabilities(await analysis.logisticRegression(rowsOf(CLASSES)), rowsOf(other)),
  confidentMistakes: async (other) =>
    plots.confidentMistakes(picturesOf(other), await graft.evaluate(headOf(CLASSES), rowsOf(CLASSES))),
  savePage: async (other) => {
    const test = await graft.evaluate(headOf(other), rowsOf(other));
    const classifier = createClassifier({ ...partsOf(CLASSES), classNames: CLASSES, imageSize: [32, 32] });
    return graft.savePage(classifier, path.join(folder, 'page.html'), { test });
  },
  embeddingMap: async (other) => {
    const predictions = await graft.evaluate(headOf(CLASSES), rowsOf(CLASSES));
    const points = Array.from({ length: N }, (_, i) => [i, i] as const);
    return plots.embeddingMap(picturesOf(other), { points }, { predictions });
  },
};

/** Those that compare no labels, and why. */
const NO_LABELS: Readonly<Record<string, string>> = {
  extractFeatures: 'calibrates on pixels',
  extractViews: 'calibrates on pixels',
  secondsPerImage: 'takes the time',
  predict: "gives the classifier's names",
  gradCam: "gives the classifier's names",
  nearestNeighbours: 'gives places',
  nearDuplicates: 'gives places',
  closestPairs: 'shows pictures',
  recordRun: 'writes down what an evaluation says',
};

/** Those behind the doors, and what they take in other ways. */
const MORE: Readonly<Record<string, Call>> = {
  'fit with a head that knows its classes': (other) => graft.fit(headOf(CLASSES), rowsOf(other), quick),
  'fit with pictures': (other) =>
    graft.fit(partsOf(3), picturesOf(CLASSES), { ...quick, validation: picturesOf(other) }),
  'evaluate with pictures': (other) => graft.evaluate(partsOf(CLASSES), picturesOf(other)),
  'sample with validation': (other) =>
    graft.sample({ train: picturesOf(CLASSES), validation: picturesOf(other), test: picturesOf(CLASSES) }),
  'sweep with validation': (other) =>
    graft.sweep(
      { seed: [1] },
      { train: rowsOf(CLASSES), validation: rowsOf(other), test: rowsOf(CLASSES) },
      { folder, progress: false },
    ),
  'compareBackbones with validation': (other) =>
    analysis.compareBackbones(
      { train: picturesOf(CLASSES), validation: picturesOf(other), test: picturesOf(CLASSES) },
      ['vgg19-mini'],
    ),
  judge: (other) => judge(headOf(CLASSES), rowsOf(other)),
  join: (other) => join([picturesOf(CLASSES), picturesOf(other)], { name: 'both' }),
  joinViews: (other) => joinViews([rowsOf(CLASSES), { ...rowsOf(CLASSES), classNames: other }]),
};

beforeAll(useTensorFlow);
afterAll(() => rmSync(folder, { recursive: true }));

describe('labels of two sets', () => {
  it('meet in the functions that are walked here, and in no other of the front doors', () => {
    const two = publicFunctions().filter(({ name, labelled }) => labelled.length > 1 || name === 'trainClassifier');
    expect(two.map(({ name }) => name).sort()).toEqual([...Object.keys(CALLS), ...Object.keys(NO_LABELS)].sort());
  });

  for (const [name, call] of Object.entries({ ...CALLS, ...MORE }))
    it(`are refused by ${name} where the classes stand in another order, or one before others is missing`, async () => {
      for (const other of [
        ['cat', 'bee', 'ant'],
        ['bee', 'cat'],
      ]) {
        // both orders are named
        const error = await Promise.resolve()
          .then(() => call(other))
          .then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
        expect(error, other.join()).toBeInstanceOf(RangeError);
        expect((error as Error).message).toContain('ant, bee, cat');
        expect((error as Error).message).toContain(` has ${other.join(', ')}.`);
      }
    });

  it('mean the same where the last classes are missing from one of them', async () => {
    const few = rowsOf(['ant', 'bee'], 'few');
    const head = headOf(3);
    await graft.fit(head, rowsOf(CLASSES), { epochs: 60, learningRate: 0.1, progress: false, validation: few });
    const { accuracy, classNames } = await graft.evaluate(head, few);
    expect(accuracy.value).toBe(1);
    expect(classNames).toEqual(CLASSES);
    expect([...(await analysis.classifyByNeighbours(rowsOf(CLASSES), few, { count: 1 }))]).toEqual([...few.labels]);
    await expect(analysis.classifyByNeighbours(few, rowsOf(CLASSES), { count: 1 })).rejects.toThrow(
      'expected the classes of few ant, bee; rows of ant,bee,cat has ant, bee, cat.',
    );
  });

  it('are brought into one order by withClasses', () => {
    const test = graft.withClasses(picturesOf(['cat', 'ant']), CLASSES);
    expect([...graft.sample({ train: picturesOf(CLASSES), test }).test.labels].sort()).toEqual([
      ...Array.from({ length: N / 2 }, () => 0),
      ...Array.from({ length: N / 2 }, () => 2),
    ]);
  });

  it('of many classes are named where they differ', async () => {
    const many = Array.from({ length: 40 }, (_, k) => `class ${k}`);
    const other = many.with(31, 'another');
    const of = (classNames: string[]): Features => features(new Float32Array(N * D), labelsOf(CLASSES), { classNames });
    await expect(analysis.classifyByNeighbours(of(many), of(other), { count: 1 })).rejects.toThrow(
      'Class 31 is class 31 in one and another in the other.',
    );
  });
});
