import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as analysis from '../../src/analysis/index.ts';
import { likelyLabelErrors } from '../../src/analysis/label-errors.ts';
import type { LogisticRegression } from '../../src/training/regression/logistic-regression.ts';
import { createClassifier } from '../../src/classifier/classifier.ts';
import { type Dataset, makeDataset } from '../../src/data/dataset.ts';
import type { SweepData } from '../../src/experiments/sweep.ts';
import { computeBatches } from '../../src/features/compute.ts';
import { type Features, features, pickFeatures } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import * as graft from '../../src/index.ts';
import type { Backbone } from '../../src/models/backbone.ts';
import { buildHead } from '../../src/models/head.ts';
import { confusionCounts } from '../../src/plots/confusion-matrix.ts';
import { evaluate, predictProbabilities } from '../../src/training/evaluation/evaluate.ts';
import { createEvaluation, mostProbable, rightOf } from '../../src/training/evaluation/evaluation.ts';
import { findLearningRate } from '../../src/training/find-learning-rate.ts';
import { through } from '../../src/training/fine-tune.ts';
import { fit } from '../../src/training/fit.ts';
import { judge } from '../../src/training/evaluation/judge.ts';
import { publicFunctions } from '../front-doors.ts';

beforeAll(useTensorFlow);

const [N, D] = [30, 4];
const rows = (): Float32Array =>
  Float32Array.from({ length: N * D }, (_, i) => Number(i % D === Math.floor(i / D) % 3));
const labels = (k: number): Int32Array => Int32Array.from({ length: N }, (_, i) => (i % 3) % k);
const sound = (k = 3): Features => features(rows(), labels(k), { name: 'sound' });
/** As somebody may put together by hand: nothing is checked when it is made. */
const broken = (value: number, k = 3): Features => ({
  ...sound(k),
  name: 'broken',
  rows: async (indices) => {
    const out = await sound(k).rows(indices);
    Array.from(indices).forEach((i, at) => i === 7 && (out[at * D + 2] = value));
    return out;
  },
});
const headOf = (k = 3, value?: number): tf.LayersModel => {
  const head = buildHead([D], { classes: k, dropout: 0 });
  if (value !== undefined) head.setWeights([tf.fill([D, k], value), tf.zeros([k])]);
  return head;
};
const quick = { epochs: 2, progress: false } as const;

/** A layer that hides it: the rectified NaN is 0 on some processors. */
const hidden = (): tf.LayersModel => buildHead([D], { classes: 3, dropout: 0, hidden: [4] });
const regression = (): Promise<LogisticRegression> => analysis.logisticRegression(sound());
const folder = mkdtempSync(path.join(os.tmpdir(), 'finite-'));
afterAll(() => rmSync(folder, { recursive: true }));
/** Of a sweep, which goes on with its other runs: what the first one failed by. */
const sweep = async (data: SweepData): Promise<unknown> => {
  const { failed } = await graft.sweep({ seed: [1], epochs: [1] }, data, { folder, progress: false });
  throw new Error(failed[0]?.error);
};
/** Layers that fine-tuning trains take feature maps. */
const fineTuned = async (wrong: Features): Promise<unknown> => {
  const head = await graft.headAbove('vgg19-mini', 'block4_pool', { classes: 3, dropout: 0 });
  const shape = head.inputs[0].shape.slice(1) as number[];
  const length = shape.reduce((a, b) => a * b, 1);
  const maps: Features = {
    ...features(new Float32Array(N * length), labels(3), { shape, name: 'broken' }),
    rows: async (indices) => {
      const out = new Float32Array(indices.length * length);
      const own = await wrong.rows(indices);
      Array.from(indices).forEach((_, at) => (out[at * length + 2] = own[at * D + 2]));
      return out;
    },
  };
  return graft.fineTune(head, maps, { ...quick, headEpochs: 1 });
};

/** Every function of the front doors that reads features, with the wrong ones in each place that takes some. */
const TAKING: Readonly<Record<string, (wrong: Features) => (() => Promise<unknown>)[]>> = {
  fit: (wrong) => [
    () => fit(headOf(), wrong, quick),
    () => fit(hidden(), wrong, quick),
    () => fit(headOf(), { ...wrong, views: 2 }, quick),
    () => fit(headOf(), sound(), { ...quick, validation: wrong }),
    () => fit(hidden(), sound(), { ...quick, validation: wrong }),
  ],
  evaluate: (wrong) => [() => evaluate(headOf(), wrong), () => evaluate(hidden(), wrong)],
  scaleTemperature: (wrong) => [() => graft.scaleTemperature(headOf(), wrong)],
  fineTune: (wrong) => [() => fineTuned(wrong)],
  findLearningRate: (wrong) => [() => findLearningRate(headOf(), wrong, { progress: false })],
  sweep: (wrong) => [() => sweep({ train: wrong, test: sound() }), () => sweep({ train: sound(), test: wrong })],
  chooseRegression: (wrong) => [
    () => analysis.chooseRegression(wrong, sound()),
    () => analysis.chooseRegression(sound(), wrong),
  ],
  chosenRegression: (wrong) => [
    () => analysis.chosenRegression({ train: wrong, test: sound() }, { decays: [0.01] }),
    () => analysis.chosenRegression({ train: sound(), test: wrong }, { decays: [0.01] }),
  ],
  embedding: (wrong) => [() => analysis.embedding(wrong, { neighbours: 3, epochs: 1 })],
  crossValidate: (wrong) => [() => analysis.crossValidate(wrong, { folds: 2, progress: false })],
  outOfFold: (wrong) => [() => analysis.outOfFold(wrong)],
  logisticRegression: (wrong) => [() => analysis.logisticRegression(wrong)],
  logisticProbabilities: (wrong) => [async () => analysis.logisticProbabilities(await regression(), wrong)],
  classifyByNeighbours: (wrong) => [
    () => analysis.classifyByNeighbours(wrong, sound()),
    () => analysis.classifyByNeighbours(sound(), wrong),
  ],
  nearDuplicates: (wrong) => [
    () => analysis.nearDuplicates(wrong, sound()),
    () => analysis.nearDuplicates(sound(), wrong),
  ],
  nearestNeighbours: (wrong) => [
    () => analysis.nearestNeighbours(wrong, sound()),
    () => analysis.nearestNeighbours(sound(), wrong),
  ],
};
/** Takes labels, and views that are read later. */
const READ_NOTHING = ['draw', 'firstViews'];

describe('numbers that are not finite', () => {
  it('are refused in features from elsewhere, naming the row', () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const wrong = rows();
      wrong[17 * D + 3] = value;
      expect(() => features(wrong, labels(3), { name: 'mine' })).toThrow(
        new RangeError(`features: expected finite numbers; row 17 of mine has ${value} at position 3 of 4.`),
      );
    }
    const large = rows().fill(3.4e38); // whose sum is not finite
    expect(features(large, labels(3)).shape).toEqual([N, D]);
  });

  it('are refused in what a backbone gives, naming the picture and its file', async () => {
    const images: Dataset = {
      ...makeDataset({
        name: 'mine',
        pixels: new Uint8Array(6 * 3).map((_, i) => i),
        imageSize: [1, 1],
        labels: [0, 1, 0, 1, 0, 1],
        classNames: ['a', 'b'],
      }),
      fileAt: (i) => `a/${i}.jpg`,
    };
    const running = { run: (_: Uint8Array, n: number) => Promise.resolve(new Float32Array(n * 2).fill(NaN, 3)) };
    const options = { dtype: 'float32' as const, damaged: [] };
    await expect(async () => {
      for await (const _ of computeBatches(running, images, [[5, 4, 3]], options));
    }).rejects.toThrow(
      'features: expected finite numbers; what the backbone made of a/4.jpg (image 4 of mine) has NaN at position 1 of 2.',
    );
  });

  it('are refused in what further layers give', async () => {
    const input = tf.input({ shape: [D] });
    const dense = tf.layers.dense({ units: 2, kernelInitializer: 'ones', name: 'above' });
    const layers = tf.model({ inputs: input, outputs: dense.apply(input) as tf.SymbolicTensor });
    const far = through(layers, features(rows().fill(3e38), labels(3), { name: 'large' }));
    await expect(far.rows([0, 1])).rejects.toThrow('what large became behind above has Infinity at position 0 of 2.');
  });

  for (const k of [2, 3])
    it(`are refused by whatever asks a head of ${k} classes, naming the image`, async () => {
      const said = (i: number, name: string): RegExp =>
        new RegExp(
          `^probabilities: expected numbers from 0 to 1; image ${i} of ${name} has NaN for class 0\\..*lower learningRate`,
        );
      for (const ask of [evaluate, judge, predictProbabilities]) {
        await expect(ask(headOf(k, NaN), sound(k)), ask.name).rejects.toThrow(said(0, 'sound'));
        await expect(ask(headOf(k, 1), broken(NaN, k)), ask.name).rejects.toThrow('image 7 of broken has NaN');
      }
    });

  it('end a training, whose best weights are kept where that was asked for', async () => {
    for (const k of [2, 3]) {
      await expect(fit(headOf(k), broken(NaN, k), quick)).rejects.toThrow(
        'features: expected finite numbers; image 7 of broken has NaN at position 2 of 4.',
      );
      await expect(fit(headOf(k), sound(k), { ...quick, validation: broken(NaN, k) })).rejects.toThrow(
        'image 7 of broken has NaN',
      );
    }
    // the only step: its loss is that before its update
    const far = { ...quick, epochs: 1, optimizer: 'sgd', learningRate: 1e39, batchSize: N } as const;
    await expect(fit(headOf(), sound(), far)).rejects.toThrow(
      'fit: some weights are no longer finite after epoch 1. A lower learningRate than 1e+39 may help.',
    );
    const head = headOf();
    let kept: number[] = [];
    const training = fit(head, sound(), {
      epochs: 9,
      optimizer: 'sgd', // whose steps read the head's own variables
      validation: sound(),
      restoreBest: true,
      progress: false,
      onEpoch: ({ epoch }) => {
        if (epoch === 2) kept = [...head.getWeights()[0].dataSync()];
        if (epoch === 3) head.setWeights([tf.fill([D, 3], NaN), tf.zeros([3])]);
      },
    });
    await expect(training).rejects.toThrow('fit: the loss became NaN in epoch 4.');
    expect(kept.some(Boolean)).toBe(true);
    const [weights] = head.getWeights();
    expect(weights.dataSync().every(Number.isFinite)).toBe(true);
    expect((await evaluate(head, sound())).accuracy.value).toBe(1);
  });

  it('are walked in every function of the front doors that takes features', () => {
    const taking = publicFunctions().filter((one) => one.features.length);
    expect(taking.map(({ name }) => name).sort()).toEqual([...Object.keys(TAKING), ...READ_NOTHING].sort());
  });

  it.each(Object.entries(TAKING))('are refused by %s, naming the image, wherever they lie', async (_, call) => {
    for (const value of [NaN, Infinity, -Infinity])
      for (const ask of call(broken(value)))
        await expect(ask()).rejects.toThrow(
          `features: expected finite numbers; image 7 of broken has ${value} at position 2 of `,
        );
  });

  it('give no learning rate', async () => {
    await expect(findLearningRate(headOf(3, NaN), sound(), { progress: false })).rejects.toThrow(
      'findLearningRate: expected a loss that falls at some rate from 1e-7 to 1; it was not finite, or four times the lowest, from the first step on, at 1e-7.',
    );
    const empty = features(new Float32Array(N * D), labels(3));
    const input = tf.input({ shape: [D] });
    const dense = tf.layers.dense({ units: 3, activation: 'softmax', useBias: false });
    const head = tf.model({ inputs: input, outputs: dense.apply(input) as tf.SymbolicTensor });
    await expect(findLearningRate(head, empty, { steps: 20, progress: false })).rejects.toThrow(
      'it went from 1.099 to 1.099 in 20 steps, without falling.',
    );
  });

  it('are no probabilities', () => {
    expect(() => mostProbable(Float32Array.of(0.5, 0.5, NaN, NaN), 2)).toThrow(
      'mostProbable: expected finite numbers; row 1 has NaN for class 0.',
    );
    expect(() =>
      likelyLabelErrors({ labels: Int32Array.of(0, 1), classNames: ['a', 'b'] }, Float32Array.of(1, 0, NaN, NaN)),
    ).toThrow('likelyLabelErrors: expected finite probabilities; image 1 has NaN.');
  });
});

describe('numbers that are out of range', () => {
  const evaluation = (probabilities: number[], own: number[], classNames = ['a', 'b']) =>
    createEvaluation({
      probabilities: Float32Array.from(probabilities),
      labels: Int32Array.from(own),
      classNames,
      temperature: 1,
      of: { head: '', test: { id: '', name: 'mine', n: own.length, views: 1 } },
    });

  it('are refused in an evaluation', () => {
    expect(evaluation([1, 0, 0, 1], [0, 1]).accuracy.value).toBe(1);
    expect(() => evaluation([1, 0, 0, 1], [0, 2])).toThrow('evaluation: expected labels 0..1; image 1 of mine has 2.');
    expect(() => evaluation([1, 0, 0, 1], [-1, 0])).toThrow('image 0 of mine has -1.');
    expect(() => evaluation([1, 0, 0, 1], [0, 1], ['a'])).toThrow(
      'evaluation: expected probabilities of 2 images × 1 classes (a); got 4 numbers of mine.',
    );
    expect(() => evaluation([], [])).toThrow('evaluation: expected probabilities of 0 images');
    for (const wrong of [NaN, -0.5, 7])
      expect(() => evaluation([1, 0, wrong, 1], [0, 1])).toThrow(`image 1 of mine has ${wrong}`);
  });

  it('are refused where a head has more outputs than there are names', async () => {
    const head = headOf(3);
    const parts = { backbone: {} as Backbone, head, imageSize: [8, 8] } as const;
    expect(createClassifier({ ...parts, classNames: ['a', 'b', 'c'] }).classNames).toHaveLength(3);
    expect(() => createClassifier({ ...parts, classNames: ['a', 'b'] })).toThrow(
      "classifier: expected a name for each of the head's 3 outputs; got 2, a, b.",
    );
    const few = features(rows(), new Int32Array(N), { classNames: ['a'], name: 'few' });
    await expect(evaluate(head, few)).rejects.toThrow(
      'evaluate: expected names of all 3 classes of the head; few has 1, a. Name them all: features(rows, labels, { classNames }).',
    );
  });

  it('are refused as places and as guesses', async () => {
    await expect(sound().rows([1.5])).rejects.toThrow('rows: expected an index in 0..29; got 1.5.');
    for (const position of [1.5, -1, N, NaN])
      expect(() => pickFeatures(sound(), [position])).toThrow(`got ${position}.`);
    expect(() => rightOf(Int32Array.of(0, 1), [0])).toThrow(
      'rightOf: expected as many predictions as labels (1); got 2.',
    );
    expect(() => mostProbable(new Float32Array(5), 2)).toThrow(
      'mostProbable: expected rows of 2 classes; got 5 numbers.',
    );
    expect(() => confusionCounts([0, 1], [0, -1], 2)).toThrow('confusion matrix: expected classes 0..1; got -1.');
  });
});
