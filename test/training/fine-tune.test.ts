import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cifar10 } from '../../src/data/named/cifar10.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { subset } from '../../src/data/subset.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { splitLayers } from '../../src/models/split.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { compareRuns } from '../../src/experiments/statistics/compare.ts';
import type { Features } from '../../src/features/features.ts';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import { findLearningRate } from '../../src/training/find-learning-rate.ts';
import { fineTune, headAbove, through } from '../../src/training/fine-tune.ts';
import type { Epoch } from '../../src/training/history.ts';
import { buildHead } from '../../src/models/head.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { tensorsInUse } from '../tensors.ts';

const cache = mkdtempSync(path.join(os.tmpdir(), 'fine-tune-'));
let network: tf.LayersModel;
let train: Features;
const features = (images: Dataset): Promise<Features> =>
  extractFeatures(cutAt(network, 'block4_pool'), images, { cache, precision: 'float32' });
beforeAll(async () => {
  await useTensorFlow();
  network = await loadNetwork('vgg19-mini', { top: false });
  train = await features(shapes10({ train: 200 }).train);
});
afterAll(() => rmSync(cache, { recursive: true }));

const options = { headEpochs: 2, epochs: 2, learningRate: 1e-4 };
const head = (): Promise<tf.LayersModel> => headAbove('vgg19-mini', 'block4_pool', { classes: 10, dropout: 0.5 });
// by layer: a model's own order of weights changes with what is frozen
const values = (model: tf.LayersModel): number[][] =>
  model.layers.flatMap((layer) => layer.getWeights().map((weight) => [...weight.dataSync()]));
const withoutTime = (epochs: readonly Epoch[]): object[] => epochs.map(({ seconds: _, ...rest }) => rest);

describe('fineTune', () => {
  it('trains the new layers alone first, then the last block with them; what lies below stays', async () => {
    const model = await head();
    const before = values(model);
    const seen: number[] = [];
    let between: number[][] = [];
    const tensors = await tensorsInUse();
    const onEpoch = ({ epoch }: Epoch): void => {
      seen.push(epoch);
      if (epoch === 2) between = values(model);
    };
    const history = await fineTune(model, train, { ...options, validation: train, onEpoch });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(history.headEpochs).toBe(2);
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    const names = model.layers.flatMap((layer) => layer.weights.map(() => layer.name));
    const after = values(model);
    names.forEach((name, i) => {
      expect(JSON.stringify(between[i]) === JSON.stringify(before[i]), `${name} after the first part`).toBe(
        name.startsWith('block5'),
      );
      expect(after[i], `${name} after the second part`).not.toEqual(between[i]);
    });
    expect(history.epochs.at(-1)!.valLoss).toBeLessThan(history.epochs[1].valLoss!);
  });

  it('goes on from a checkpoint of either part, with the history and weights of an undisturbed one', async () => {
    const undisturbed = await head();
    const whole = await fineTune(undisturbed, train, options);
    for (const stopAfter of [1, 2, 3]) {
      const checkpoint = path.join(cache, `state-${stopAfter}.bin`);
      const controller = new AbortController();
      const stop = ({ epoch }: Epoch): void => void (epoch === stopAfter && controller.abort());
      await fineTune(await head(), train, { ...options, checkpoint, onEpoch: stop, signal: controller.signal });
      const model = await head();
      const history = await fineTune(model, train, { ...options, checkpoint });
      expect(withoutTime(history.epochs)).toEqual(withoutTime(whole.epochs));
      expect(values(model)).toEqual(values(undisturbed));
    }
    await expect(
      fineTune(await headAbove('vgg19-mini', 'block4_pool', { classes: 10, dropout: 0.2 }), train, {
        ...options,
        checkpoint: path.join(cache, 'state-3.bin'),
      }),
    ).rejects.toThrow(/belongs to another training: expected the same head, data and options/);
  });

  it('says what it needs', async () => {
    await expect(fineTune(buildHead([4, 4, 128], { classes: 10 }), train)).rejects.toThrow(
      /fineTune: expected pretrained layers that train, like block5_conv1/,
    );
  });
});

it('features go through further layers as they are read, views as well', async () => {
  const above = await head();
  above.layers.forEach((layer) => (layer.trainable = layer.name === 'dense'));
  const { frozen: middle } = splitLayers(above);
  const direct = await extractFeatures(cutAt(network, 'block5_pool'), shapes10({ train: 200 }).train, {
    cache,
    precision: 'float32',
    dtype: 'float32',
  });
  const far = through(middle, train);
  expect(far.shape).toEqual([200, 2, 2, 128]);
  const order = Array.from({ length: 70 }, (_, i) => 199 - i);
  const [a, b] = [await far.rows(order), await direct.rows(order)];
  a.forEach((value, i) => expect(Math.abs(value - b[i])).toBeLessThan(0.02 * Math.max(1, Math.abs(b[i])))); // kept as float16 in between
  const asked: number[][] = [];
  const several = through(middle, {
    ...train,
    views: 2,
    rows: (indices, views) => (asked.push(Array.from(views ?? [])), train.rows(indices)),
  });
  expect(await several.rows([3, 4], [1, 0])).toEqual(await far.rows([3, 4]));
  expect(asked).toEqual([[1, 0]]);
});

describe('findLearningRate', () => {
  it('names a rate between those that do nothing and those that break, and leaves the weights as they were', async () => {
    const model = await head();
    const before = values(model);
    const tensors = await tensorsInUse();
    const { rows, suggestion } = await findLearningRate(model, train, { from: 1e-7, to: 1, steps: 60, batchSize: 16 });
    expect(values(model)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(rows[0].learningRate).toBeCloseTo(1e-7, 12);
    expect(suggestion).toBeGreaterThan(2e-6);
    expect(suggestion).toBeLessThan(0.05);
    const lowest = Math.min(...rows.map(({ smoothed }) => smoothed));
    expect(lowest).toBeLessThan(rows[0].loss - 0.1);
    await expect(findLearningRate(model, train, { from: 1, to: 0.1 })).rejects.toThrow(
      'from, to: expected two rates above 0, the smaller first; got 1 and 0.1.',
    );
    await expect(findLearningRate(model, train, { steps: 3 })).rejects.toThrow(
      'steps: expected a whole number from 10; got 3.',
    );
    await expect(findLearningRate(model, train, { signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow(
      'stopped',
    );
    expect(values(model)).toEqual(before);
  });
});

const real = process.env.GRAFT_TEST_CIFAR10;
it.skipIf(!real)(
  'fine-tuned vgg19-mini beats its frozen features on CIFAR-10, 1,500 training and 2,000 test images',
  async () => {
    const pictures = await cifar10({ folder: real });
    const [data, test] = [
      await features(subset(pictures.train, { size: 1500 })),
      await features(subset(pictures.test, { size: 2000 })),
    ];
    const model = await head();
    let frozen: Uint8Array = new Uint8Array(0);
    await fineTune(model, data, {
      headEpochs: 8,
      epochs: 6,
      learningRate: 3e-4,
      onEpoch: async ({ epoch }) => {
        if (epoch === 8) frozen = (await evaluate(model, test)).right;
      },
    });
    const difference = compareRuns([(await evaluate(model, test)).right], [frozen], {
      names: ['fine-tuned', 'frozen'],
    });
    console.log(String(difference));
    expect(difference.interval[0]).toBeGreaterThan(0);
  },
);
