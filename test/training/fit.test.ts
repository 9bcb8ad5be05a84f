import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { splitModel } from '../../src/models/split.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { features, type Features } from '../../src/features/features.ts';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import { dropoutMask } from '../../src/training/steps/dropout.ts';
import { fit } from '../../src/training/fit.ts';
import type { Epoch } from '../../src/training/history.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt, freeze, withHead } from '../../src/models/surgery.ts';
import { reference, relativeError } from '../references/read.ts';
import { tensorsInUse } from '../tensors.ts';

beforeAll(useTensorFlow);

/** The data of test/references/keras_fit.py. */
const waves = (n = 60, d = 12, k = 3): Features =>
  features(
    Float32Array.from({ length: n * d }, (_, i) => Math.sin(Math.floor(i / d) * 0.7 + (i % d) * 1.3) * 3),
    Array.from({ length: n }, (_, i) => (i * 7 + Math.floor(i / 5)) % k),
  );

function softmaxHead(d = 12, k = 3, { dropout = 0, l2 = 0 } = {}): tf.LayersModel {
  const input = tf.input({ shape: [d] });
  const x = dropout ? (tf.layers.dropout({ rate: dropout }).apply(input) as tf.SymbolicTensor) : input;
  const kernelRegularizer = l2 ? tf.regularizers.l2({ l2 }) : undefined;
  const dense = tf.layers.dense({ units: k, activation: 'softmax', kernelInitializer: 'zeros', kernelRegularizer });
  return tf.model({ inputs: input, outputs: dense.apply(x) as tf.SymbolicTensor });
}

const withoutTime = (epochs: readonly Epoch[]): object[] => epochs.map(({ seconds: _, ...rest }) => rest);

describe('fit', () => {
  const keras =
    reference<Record<'adam' | 'sgd' | 'l2', { loss: number[]; accuracy: number[]; kernel: number[] }>>(
      'keras-fit.json',
    );
  for (const [name, options, l2] of [
    ['adam', { optimizer: 'adam' }, 0],
    ['sgd', { optimizer: 'sgd' }, 0],
    ['l2', { learningRate: 0.01 }, 0.1],
  ] as const) {
    it(`gives Keras' weights with ${name} on whole batches`, async () => {
      const head = softmaxHead(12, 3, { l2 });
      const history = await fit(head, waves(), { ...options, batchSize: 60, epochs: 8 });
      expect(relativeError(head.getWeights()[0].dataSync(), keras[name].kernel)).toBeLessThan(1e-4);
      expect(
        relativeError(
          history.epochs.map((e) => e.loss),
          keras[name].loss,
        ),
      ).toBeLessThan(5e-5);
      expect(
        relativeError(
          history.epochs.map((e) => e.accuracy),
          keras[name].accuracy,
        ),
      ).toBeLessThan(1e-6);
    });
  }

  it('gives the same history for the same seed, dropout included, and another for another', async () => {
    const run = (seed: number) =>
      fit(softmaxHead(12, 3, { dropout: 0.5 }), waves(), { seed, epochs: 4, batchSize: 16, validation: waves(30) });
    const first = withoutTime((await run(1)).epochs);
    expect(withoutTime((await run(1)).epochs)).toEqual(first);
    expect(withoutTime((await run(2)).epochs)).not.toEqual(first);
  });

  it('leaves frozen weights and tensor counts as they were, and trains the model it was split from', async () => {
    const cache = mkdtempSync(path.join(os.tmpdir(), 'fit-'));
    const images = shapes10({ train: 60 }).train;
    const network = await loadNetwork('vgg19-mini');
    const model = withHead(freeze(cutAt(network, 'fc2')), { classes: 10 });
    const { backbone, head } = splitModel(model);
    const rows = await extractFeatures(backbone, images, { cache });
    const frozen = backbone.model.getWeights().map((weight) => weight.dataSync().slice());
    await fit(head, rows, { epochs: 1 }); // the optimizer's first tensors
    const before = await tensorsInUse();
    await fit(head, rows, { epochs: 2, validation: rows, restoreBest: true, patience: 1 });
    expect(tf.memory().numTensors).toBe(before);
    backbone.model.getWeights().forEach((weight, i) => expect(weight.dataSync()).toEqual(frozen[i]));
    expect(model.getLayer('dense').getWeights()[0].abs().sum().dataSync()[0]).toBeGreaterThan(0);
    rows.close();
    rmSync(cache, { recursive: true });
  });

  it('stops early and goes back to the best epoch when told to', async () => {
    // noise cannot be learnt: the validation loss soon rises
    const noise = (seed: number) =>
      features(
        Float32Array.from({ length: 40 * 12 }, (_, i) => Math.sin(i * 78.233 * seed) * 5),
        Array.from({ length: 40 }, (_, i) => (i * i * seed) % 3),
      );
    const head = softmaxHead();
    const history = await fit(head, noise(1), {
      validation: noise(2),
      epochs: 100,
      patience: 3,
      restoreBest: true,
      learningRate: 0.05,
    });
    expect(history.stopped).toBe('early');
    expect(history.epochs).toHaveLength(history.best + 3);
    // what is told is the epoch whose weights are kept
    const { loss, accuracy, valAccuracy } = history.epochs[history.best - 1];
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    expect(String(history)).toContain(
      `, ended early, epoch ${history.best} kept: loss ${loss.toFixed(3)}, accuracy ${percent(accuracy)}, validation ${percent(valAccuracy!)}; `,
    );
    expect((await evaluate(head, noise(2))).loss).toBeCloseTo(history.epochs[history.best - 1].valLoss!, 5);
  });

  it('goes back to the best epoch where it is stopped in one that nobody has judged', async () => {
    const controller = new AbortController();
    const [train, validation] = [waves(6000), waves(60)];
    const head = softmaxHead();
    let soon: NodeJS.Timeout | undefined;
    const history = await fit(head, train, {
      validation,
      epochs: 1000,
      batchSize: 1,
      restoreBest: true,
      learningRate: 0.05,
      signal: controller.signal,
      onEpoch: ({ epoch }) => void (epoch === 2 && (soon ??= setTimeout(() => controller.abort(), 5))),
    });
    expect(history.stopped).toBe('interrupted');
    const judged = history.epochs.flatMap(({ valLoss }) => (valLoss === undefined ? [] : [valLoss]));
    expect(history.epochs[history.best - 1].valLoss).toBe(Math.min(...judged));
    expect((await evaluate(head, validation)).loss).toBeCloseTo(Math.min(...judged), 5);
  });

  it('ends after the step in flight when told to, keeping weights and history', async () => {
    const controller = new AbortController();
    const history = await fit(softmaxHead(), waves(), {
      epochs: 50,
      signal: controller.signal,
      onEpoch: (e) => void (e.epoch === 3 && controller.abort()),
    });
    expect(history.stopped).toBe('interrupted');
    expect(history.epochs).toHaveLength(3);
  });

  it('takes a lower learning rate where features are large', async () => {
    const large = features(
      Float32Array.from({ length: 60 * 12 }, () => 1000),
      Array.from({ length: 60 }, (_, i) => i % 3),
    );
    expect((await fit(softmaxHead(), large, { epochs: 1 })).learningRate).toBe(0.000083); // 1 / 12,000
    expect((await fit(softmaxHead(), waves(), { epochs: 1 })).learningRate).toBe(0.001);
    expect((await fit(softmaxHead(), large, { epochs: 1, learningRate: 0.1 })).learningRate).toBe(0.1);
  });

  it('says what does not fit', async () => {
    await expect(fit(softmaxHead(13), waves())).rejects.toThrow(
      /fit: expected features of shape \[N, 13\] for the head .*; got \[60, 12\]/,
    );
    await expect(fit(softmaxHead(12, 2), waves())).rejects.toThrow(
      /the head has 2 classes, so labels 0\.\.1 are expected; image \d+ of features from elsewhere has 2/,
    );
    await expect(fit(softmaxHead(), { ...waves(), labels: Int32Array.of(0, 1) })).rejects.toThrow(
      /expected as many labels as features \(60\); got 2/,
    );
    await expect(fit(softmaxHead(), waves(), { epochs: 0 })).rejects.toThrow(
      /epochs: expected a whole number from 1; got 0/,
    );
    await expect(fit(softmaxHead(), waves(), { learningRate: -1 })).rejects.toThrow(
      /learningRate: expected a number above 0; got -1/,
    );
    await expect(fit(softmaxHead(), waves(), { patience: 2 })).rejects.toThrow(/expected validation data/);
    const linear = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [12] })] });
    await expect(fit(linear, waves())).rejects.toThrow(
      /expected a Dense layer with softmax at the end; got .* \(Dense, linear\)/,
    );
  });
});

describe('dropoutMask', () => {
  it('drops its share and keeps the mean, from the seed alone', () => {
    for (const rate of [0.1, 0.5, 0.8]) {
      const mask = dropoutMask(200_000, rate, 'a');
      expect(mask.filter((v) => v === 0).length / mask.length).toBeCloseTo(rate, 2);
      expect(mask.reduce((a, b) => a + b, 0) / mask.length).toBeCloseTo(1, 1);
    }
    expect(dropoutMask(100, 0.5, 'a')).toEqual(dropoutMask(100, 0.5, 'a'));
    expect(dropoutMask(100, 0.5, 'a')).not.toEqual(dropoutMask(100, 0.5, 'b'));
  });
});
