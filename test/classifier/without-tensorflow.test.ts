import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadClassifier, loadToPredict } from '../../src/classifier/load.ts';
import { predict } from '../../src/classifier/predict.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { fingerprint } from '../../src/models/fingerprint.ts';
import { buildHead } from '../../src/models/head.ts';
import { plainHead } from '../../src/models/plain/plain-head.ts';
import { isPlain } from '../../src/models/plain/plain-layers.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { predictProbabilities } from '../../src/training/evaluation/evaluate.ts';
import { plainScorer } from '../../src/training/evaluation/plain-scores.ts';
import { node } from '../process.ts';
import { drawn, drawWeights } from '../references/drawn.ts';
import { REFERENCES } from '../references/read.ts';
import { pictures } from '../references/saved/work.ts';
import { packagesReached } from './import-graph.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'without-tensorflow-'));
const inFolder = (...names: string[]): string => path.join(folder, ...names);
const SAVED = path.join(REFERENCES, 'saved');
const commits = readdirSync(SAVED, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

beforeAll(async () => {
  await useTensorFlow();
  for (const commit of commits) cpSync(path.join(SAVED, commit), inFolder(commit), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

const save = async (model: tf.LayersModel): Promise<tf.io.ModelArtifacts> => {
  let saved: tf.io.ModelArtifacts;
  const handler = tf.io.withSaveHandler((artifacts) => {
    saved = artifacts;
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
  });
  await model.save(handler);
  return saved!;
};
const asPlain = async (model: tf.LayersModel): Promise<tf.LayersModel | undefined> => {
  const { modelTopology, weightSpecs, weightData } = await save(model);
  return plainHead(modelTopology, weightSpecs!, weightData as ArrayBuffer);
};
const after = (shape: number[], layers: (x: tf.SymbolicTensor) => tf.SymbolicTensor): tf.LayersModel => {
  const inputs = tf.input({ shape });
  const outputs = tf.layers.dense({ units: 3, activation: 'softmax' }).apply(layers(inputs)) as tf.SymbolicTensor;
  return tf.model({ inputs, outputs });
};
const through = (x: tf.SymbolicTensor, ...layers: tf.layers.Layer[]): tf.SymbolicTensor =>
  layers.reduce((y, layer) => layer.apply(y) as tf.SymbolicTensor, x);

/** Each makes a head; those of one kind of layer at least stand for all that may be saved. */
const HEADS: Readonly<Record<string, () => tf.LayersModel>> = {
  'softmax on a vector': () => buildHead([12], { classes: 4 }),
  'softmax on a map': () => buildHead([2, 3, 5], { classes: ['a', 'b', 'c'], dropout: 0 }),
  'hidden layers with dropout and decay': () =>
    buildHead([2, 2, 3], { classes: 5, hidden: [7, 4], hiddenDropout: 0.2, dropout: 0.5, l2: 0.01, seed: 3 }),
  'averages, normalization and activations': () =>
    after([3, 4, 6], (x) =>
      through(
        x,
        tf.layers.batchNormalization({ epsilon: 1e-3 }),
        tf.layers.globalAveragePooling2d({}),
        tf.layers.dense({ units: 8, useBias: false, kernelRegularizer: 'l1l2' }),
        tf.layers.batchNormalization({ scale: false }),
        tf.layers.reLU({ maxValue: 6 }),
        tf.layers.dense({ units: 6, activation: 'tanh' }),
        tf.layers.activation({ activation: 'sigmoid' }),
        tf.layers.dense({ units: 6, activation: 'relu6' }),
        tf.layers.batchNormalization({ center: false }),
        tf.layers.reLU(),
        tf.layers.dropout({ rate: 0.3, seed: 4 }),
      ),
    ),
};

describe('a head of plain layers', () => {
  it.each(Object.keys(HEADS))('gives what TensorFlow.js gives, and has its id: %s', async (name) => {
    const theirs = HEADS[name]();
    drawWeights(theirs);
    const plain = (await asPlain(theirs))!;
    expect(fingerprint(plain)).toBe(fingerprint(theirs));
    expect(plain.countParams()).toBe(theirs.countParams());
    const shape = theirs.inputs[0].shape.slice(1) as number[];
    const size = shape.reduce((a, b) => a * b, 1);
    const values = drawn(9 * size, 5).map((x) => 4 * x);
    const of = { shape: [9, ...shape], rows: () => Promise.resolve(values) };
    const expected = await predictProbabilities(theirs, of);
    const before = tf.memory().numTensors;
    const got = await predictProbabilities(plain, of);
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before);
    const differences = got.map((value, i) => Math.abs(value - expected[i]));
    expect(Math.max(...differences)).toBeLessThan(1e-6);
    const scaled = await predictProbabilities(plain, of, { temperature: 2.5 });
    const theirScaled = await predictProbabilities(theirs, of, { temperature: 2.5 });
    expect(Math.max(...scaled.map((value, i) => Math.abs(value - theirScaled[i])))).toBeLessThan(1e-6);
    theirs.dispose();
  });

  const OTHERS: Readonly<Record<string, () => tf.LayersModel>> = {
    'a fine-tuned convolution': () =>
      after([4, 4, 2], (x) => through(x, tf.layers.conv2d({ filters: 2, kernelSize: 3 }), tf.layers.flatten())),
    'an activation of another kind': () =>
      after([4], (x) => through(x, tf.layers.dense({ units: 2, activation: 'elu' }))),
    'two ways': () =>
      after([4], (x) => tf.layers.add().apply([x, through(x, tf.layers.dense({ units: 4 }))]) as tf.SymbolicTensor),
    'a layer that normalizes another axis': () =>
      after([4, 4, 2], (x) => through(x, tf.layers.batchNormalization({ axis: 1 }), tf.layers.flatten())),
    'a kind of layer that nobody knows here': () =>
      after([4], (x) => through(x, tf.layers.gaussianNoise({ stddev: 1 }))),
  };
  it.each(Object.keys(OTHERS))('is left to TensorFlow.js if it has %s', async (name) => {
    const plain = await asPlain(OTHERS[name]());
    expect(plain && plainScorer(plain)).toBeUndefined();
  });

  it('is left to TensorFlow.js if its weights are not those of its layers', async () => {
    const { modelTopology, weightSpecs, weightData } = await save(buildHead([12], { classes: 4 }));
    const [kernel, bias] = weightSpecs!;
    const others = [
      [{ ...kernel, shape: [4, 12] }, bias],
      [{ ...kernel, name: 'other/kernel' }, bias],
      [kernel],
      [{ ...kernel, dtype: 'int32' as const }, bias],
    ];
    for (const specs of others) expect(plainHead(modelTopology, specs, weightData as ArrayBuffer)).toBeUndefined();
    expect(
      plainHead({ class_name: 'Sequential', config: [] }, weightSpecs!, weightData as ArrayBuffer),
    ).toBeUndefined();
  });
});

describe.each(commits)('a classifier that %s saved', (commit) => {
  it.each(['classifier-of-layers', 'classifier-of-onnx'])('predicts the same, of plain layers: %s', async (name) => {
    const { test } = pictures({ shapes10 });
    const theirs = await loadClassifier(inFolder(commit, name));
    const before = tf.memory().numTensors; // garbage of earlier tests may go meanwhile
    const plain = await loadToPredict(inFolder(commit, name));
    expect(isPlain(plain.head)).toBe(true);
    expect([plain.id, plain.backbone.id, String(plain)]).toEqual([theirs.id, theirs.backbone.id, String(theirs)]);
    const [got, expected] = [await predict(plain, test), await predict(theirs, test)];
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before);
    const probabilities = (of: typeof got): number[] =>
      of.flatMap(({ ranking }) =>
        plain.classNames.map((k) => ranking.find(({ className }) => className === k)!.probability),
      );
    const [a, b] = [probabilities(got), probabilities(expected)];
    expect(a).toHaveLength(test.n * plain.classNames.length);
    expect(Math.max(...a.map((value, i) => Math.abs(value - b[i])))).toBeLessThan(1e-6);
  });
});

it('the commands that use a classifier load no TensorFlow.js by a static import', () => {
  const starts = ['src/command/main.mjs', 'src/command/run/predict.ts', 'src/command/run/evaluate.ts'];
  const reached = packagesReached(starts);
  expect(reached.size).toBeGreaterThan(5); // it does follow them
  expect(Object.fromEntries([...reached].filter(([name]) => name.startsWith('@tensorflow/')))).toEqual({});
});

describe('in a process that cannot load TensorFlow.js', () => {
  const graft = (...args: string[]): ReturnType<typeof node> =>
    node(['--import', pathToFileURL('test/classifier/refuse-tensorflow.mjs').href, 'src/graft.mjs', ...args]);

  it('graft predict and graft evaluate work', async () => {
    const classifier = inFolder(commits[0], 'classifier-of-layers');
    const predicted = await graft('predict', '--classifier', classifier, 'docs/result.png', '--json');
    expect(predicted.stderr).toBe('');
    expect(JSON.parse(predicted.stdout)).toMatchObject([{ file: 'docs/result.png' }]);
    const options = ['--data', 'shapes10', '--size', '20', '--cache', inFolder('cache'), '--out', inFolder('out')];
    const evaluated = await graft('evaluate', '--classifier', classifier, ...options, '--json');
    expect(evaluated.status, evaluated.stderr).toBe(0);
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ n: 20, data: { n: 20 } });
    expect(readdirSync(inFolder('out'))).toContain('evaluation.html');
  });

  it('what needs it says so', async () => {
    const { status, stderr } = await graft('train', '--data', 'shapes10', '--backbone', 'vgg19-mini', '--train', '20');
    expect([status, stderr]).toEqual([1, expect.stringContaining('refused: @tensorflow/tfjs')]);
  });
});
