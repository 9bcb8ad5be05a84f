import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { features, type Features, pickFeatures } from '../../src/features/features.ts';
import { fit } from '../../src/training/fit.ts';
import type { FitOptions } from '../../src/training/fit-options.ts';
import type { Epoch } from '../../src/training/history.ts';
import { stopAfter } from '../../src/training/stop-after.ts';
import { buildHead } from '../../src/models/head.ts';
import { tensorsInUse } from '../tensors.ts';

let folder: string;
let file: string;
beforeAll(useTensorFlow);
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'checkpoint-'));
  file = path.join(folder, 'state.bin');
});
afterEach(() => rmSync(folder, { recursive: true }));

const waves = (n: number): Features =>
  features(
    Float32Array.from({ length: n * 12 }, (_, i) => Math.sin(Math.floor(i / 12) * 0.7 + (i % 12) * 1.3)),
    Array.from({ length: n }, (_, i) => (i * 7) % 3),
  );
const head = (): tf.LayersModel => buildHead([12], { classes: 3, dropout: 0.3, hidden: [8], seed: 2 });
const withoutTime = (epochs: readonly Epoch[]): object[] => epochs.map(({ seconds: _, ...rest }) => rest);
const weights = (model: tf.LayersModel): number[][] => model.getWeights().map((weight) => [...weight.dataSync()]);

describe('a checkpoint', () => {
  it('lets a training that was cut off go on with the history and weights of an undisturbed one, bit for bit', async () => {
    for (const options of [
      { schedule: 'one-cycle', optimizer: 'adam' },
      { optimizer: 'sgd', draws: 50 },
      { validation: waves(20), restoreBest: true, patience: 6 },
    ] satisfies FitOptions[]) {
      const all = { ...options, epochs: 8, batchSize: 10, learningRate: 0.02 };
      const undisturbed = head();
      const whole = await fit(undisturbed, waves(60), all);
      rmSync(file, { force: true });
      const before = await tensorsInUse();
      for (const stop of [3, 5, 8]) {
        const cut = head(); // a new process would build it anew
        const history = await fit(cut, waves(60), { ...all, checkpoint: file, ...(stop < 8 && stopAfter(stop)) });
        if (stop < 8) expect(history.epochs).toHaveLength(stop);
        else {
          expect(withoutTime(history.epochs)).toEqual(withoutTime(whole.epochs));
          expect(history.best).toBe(whole.best);
          expect(weights(cut)).toEqual(weights(undisturbed));
        }
        cut.dispose();
      }
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('is refused by another training, and when it is damaged', async () => {
    const options = { epochs: 2, learningRate: 0.02, checkpoint: file };
    await fit(head(), waves(60), options);
    expect(existsSync(file)).toBe(true);
    await expect(fit(head(), waves(61), options)).rejects.toThrow(
      /belongs to another training: expected the same head, data and options/,
    );
    await expect(fit(head(), waves(60), { ...options, learningRate: 0.03 })).rejects.toThrow(/another training/);
    await expect(fit(buildHead([12], { classes: 3 }), waves(60), options)).rejects.toThrow(/another training/);
    const decayed = buildHead([12], { classes: 3, dropout: 0.3, hidden: [8], seed: 2, l2: 0.1 });
    await expect(fit(decayed, waves(60), options)).rejects.toThrow(/another training/);
    const turned = pickFeatures(waves(60), [1, 0, ...Array.from({ length: 58 }, (_, i) => i + 2)]);
    await expect(fit(head(), turned, options)).rejects.toThrow(/another training/);
    const bytes = readFileSync(file);
    bytes[bytes.length - 5] ^= 1;
    writeFileSync(file, bytes);
    await expect(fit(head(), waves(60), options)).rejects.toThrow(
      /is damaged: its checksum differs. Remove it to start again/,
    );
    writeFileSync(file, bytes.subarray(0, 40));
    await expect(fit(head(), waves(60), options)).rejects.toThrow(/is damaged/);
    await expect(fit(head(), waves(60), { ...options, optimizer: tf.train.adam() })).rejects.toThrow(
      'checkpoint: expected the optimizer by name',
    );
  });
});

describe('fit', () => {
  it('draws with replacement where asked to', async () => {
    const seen: number[] = [];
    const data = waves(60);
    const spy = {
      ...data,
      views: 2, // read batch by batch
      rows: (indices: ArrayLike<number>) => (seen.push(...Array.from(indices)), data.rows(indices)),
    };
    await fit(head(), spy, { epochs: 1, draws: 200, batchSize: 50, learningRate: 0.01 });
    expect(seen).toHaveLength(200);
    expect(new Set(seen).size).toBeGreaterThan(50); // of 60, some never
  });

  it('draws one view of each image an epoch, and mixes images where asked to', async () => {
    const drawn: number[] = [];
    const data = waves(40);
    const rows = (indices: ArrayLike<number>, views?: ArrayLike<number>): Promise<Float32Array> => {
      if (views) drawn.push(...Array.from(views));
      return data.rows(indices);
    };
    const several = { ...data, views: 3, rows };
    await fit(head(), several, { epochs: 3, learningRate: 0.01 });
    expect(drawn).toHaveLength(120);
    expect(new Set(drawn)).toEqual(new Set([0, 1, 2]));
    expect(drawn.slice(0, 40)).not.toEqual(drawn.slice(40, 80));
    const run = async (mixup: number): Promise<number[][]> => {
      const model = buildHead([12], { classes: 3, dropout: 0 });
      await fit(model, data, { epochs: 3, learningRate: 0.05, mixup });
      return weights(model);
    };
    const [plain, mixed, again] = [await run(0), await run(0.4), await run(0.4)];
    expect(mixed).not.toEqual(plain);
    expect(mixed).toEqual(again);
    await expect(run(2)).rejects.toThrow('mixup: expected a number from 0 to 1; got 2.');
  });
});
