import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backboneOf } from '../src/models/backbone.ts';
import { loadClassifier } from '../src/classifier/load.ts';
import { predict } from '../src/classifier/predict.ts';
import { shapes10 } from '../src/data/named/shapes10.ts';
import { listRuns } from '../src/experiments/runs.ts';
import { parseSweepFile } from '../src/experiments/sweep-file.ts';
import { sweep } from '../src/experiments/sweep.ts';
import { extractFeatures } from '../src/features/extract.ts';
import type { Features } from '../src/features/features.ts';
import { useTensorFlow } from '../src/host/tensorflow.ts';
import { buildHead } from '../src/models/head.ts';
import { loadLayers } from '../src/models/load-layers.ts';
import { vgg19Mini } from '../src/models/networks/network.ts';
import { cutAt, freeze } from '../src/models/surgery.ts';
import { fit } from '../src/training/fit.ts';
import { REFERENCES, relativeError } from './references/read.ts';
import { CHECKPOINT, GRID, LAYERS, mostProbable, pictures, SWEEP_FILE } from './references/saved/work.ts';

/** As `references/saved/make.ts` wrote it. */
interface Expected {
  readonly classifierOfLayers: readonly [className: string, probability: number][];
  readonly classifierOfOnnx: readonly [className: string, probability: number][];
  readonly features: readonly number[];
  readonly checkpoint: readonly number[];
  readonly sweep: readonly { readonly setting: object; readonly accuracy: number; readonly right: readonly number[] }[];
  readonly run: { readonly id: string; readonly accuracy: number; readonly history: number };
  readonly layersModel: readonly number[];
}

const SAVED = path.join(REFERENCES, 'saved');
const commits = readdirSync(SAVED, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const { train, test } = pictures({ shapes10 });

it('is there from the first published commit on', () => expect(commits).toContain('9e23a87'));

describe.each(commits)('what %s saved is read:', (commit) => {
  let folder: string;
  let expected: Expected;
  let rows: { readonly train: Features; readonly test: Features };
  const inFolder = (...names: string[]): string => path.join(folder, ...names);

  beforeAll(async () => {
    await useTensorFlow();
    folder = mkdtempSync(path.join(os.tmpdir(), 'saved-'));
    cpSync(path.join(SAVED, commit), folder, { recursive: true }); // reading notes when it was
    expected = JSON.parse(readFileSync(inFolder('expected.json'), 'utf8')) as Expected;
    const whole = await vgg19Mini({ inputSize: LAYERS.network.inputSize, top: false });
    const backbone = backboneOf(freeze(cutAt(whole, LAYERS.cut)));
    const options = { engine: 'onnx', precision: 'float32', cache: inFolder('features'), progress: false } as const;
    rows = await extractFeatures(backbone, { train, test }, options);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const agree = async (name: string, probabilities: Expected['classifierOfLayers']): Promise<void> => {
    const found = mostProbable(await predict(await loadClassifier(inFolder(name)), test, { engine: 'onnx' }));
    expect(found.map(([className]) => className)).toEqual(probabilities.map(([className]) => className));
    const [got, then] = [found, probabilities].map((all) => all.map(([, probability]) => probability));
    expect(relativeError(got, then)).toBeLessThan(1e-3);
  };

  it('a classifier of layers', () => agree('classifier-of-layers', expected.classifierOfLayers));
  it('a classifier of an ONNX file', () => agree('classifier-of-onnx', expected.classifierOfOnnx));
  it.skipIf(!existsSync(path.join(SAVED, commit, 'classifier-in-hub')))('a folder for the hub', () =>
    agree('classifier-in-hub', expected.classifierOfOnnx),
  );

  it('features, and none is computed again', async () => {
    expect([rows.train.origin!.cached, rows.test.origin!.cached]).toEqual([train.n, test.n]);
    expect(relativeError(await rows.test.rows([0, 9]), expected.features)).toBeLessThan(1e-6);
  });

  it('a training that was cut off, which ends as an undisturbed one', async () => {
    const resumed: number[] = [];
    const onEpoch = ({ epoch }: { readonly epoch: number }): void => void resumed.push(epoch);
    const options = { ...CHECKPOINT.fit, checkpoint: inFolder('checkpoint.bin'), progress: false, onEpoch } as const;
    const { epochs } = await fit(buildHead([1, 1, 128], CHECKPOINT.head), rows.train, options);
    expect(resumed).toEqual([3, 4]);
    const losses = epochs.map(({ loss }) => loss);
    expect(relativeError(losses, expected.checkpoint)).toBeLessThan(1e-3);
  });

  it('a sweep’s runs, and none is trained again', async () => {
    const found: (number | undefined)[] = [];
    const { runs } = await sweep(GRID, rows, {
      folder: inFolder('sweeps'),
      progress: ({ cached }) => void found.push(cached),
    });
    expect(found[0]).toBe(2);
    expect(runs.map(({ setting, accuracy, right }) => ({ setting, accuracy, right: [...right] }))).toEqual(
      expected.sweep,
    );
  });

  it('a sweep’s file', () => {
    const text = readFileSync(inFolder('sweep.json'), 'utf8');
    expect(parseSweepFile(text, 'sweep.json')).toMatchObject(SWEEP_FILE);
  });

  it('a run', () => {
    const runs = listRuns({ folder: inFolder('runs') });
    expect(
      runs.map(({ id, test, history }) => ({ id, accuracy: test.accuracy, history: history.epochs.length })),
    ).toEqual([expected.run]);
  });

  it('a model of TensorFlow.js', async () => {
    const model = await loadLayers(inFolder('layers-model', 'model.json'));
    const output = tf.tidy(() => (model.predict(tf.ones([1, 8, 8, 3])) as tf.Tensor).dataSync());
    expect(relativeError(output, expected.layersModel)).toBeLessThan(1e-5);
  });
});
