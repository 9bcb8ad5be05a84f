import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { features } from '../../../src/features/features.ts';
import { useTensorFlow } from '../../../src/host/tensorflow.ts';
import { buildHead } from '../../../src/models/head.ts';
import { random } from '../../../src/random.ts';
import { openBatches } from '../../../src/training/steps/batches.ts';
import { trainEpoch } from '../../../src/training/steps/epoch.ts';
import { fit } from '../../../src/training/fit.ts';
import { headLayers } from '../../../src/training/steps/head-layers.ts';
import { makeOptimizer } from '../../../src/training/steps/optimizer.ts';
import { softmaxTrainer } from '../../../src/training/softmax/softmax-trainer.ts';
import { tensorflowTrainer } from '../../../src/training/steps/tensorflow-trainer.ts';

beforeAll(() => useTensorFlow());

const N = 70;
const SHAPE = [3, 3, 7];
const LENGTH = 63;

/** Rows with zeros among them, as behind a ReLU, that a head can learn from. */
function rows(classes: number) {
  const draw = random(1, 'softmax/rows');
  const labels = Array.from({ length: N }, (_, i) => i % classes);
  const values = Float32Array.from({ length: N * LENGTH }, (_, i) => {
    const near = (i % LENGTH) % classes === labels[Math.floor(i / LENGTH)] ? 0.6 : 0;
    return Math.max(0, draw() * 2 - 1 + near);
  });
  return features(values, labels, { shape: SHAPE });
}

type HeadOptions = Partial<Parameters<typeof buildHead>[1]>;
const headOf = (classes: number, options: HeadOptions): tf.LayersModel =>
  buildHead(SHAPE, { classes, dropout: 0.5, ...options });

/** Weights and epochs of both trainers, from the same weights on. */
async function both(
  classes: number,
  options: HeadOptions & { classWeights?: Float32Array; batchSize?: number } = {},
  makeHead = headOf,
) {
  const { classWeights, batchSize = 16, ...build } = options;
  const train = rows(classes);
  const results = [];
  for (const kind of ['tensorflow', 'softmax']) {
    const head = makeHead(classes, build);
    const variables = head.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const layers = headLayers(head);
    const training = { head, layers, optimizer: makeOptimizer({}, 0.01), variables, mixup: 0, classWeights };
    const trainer =
      kind === 'softmax'
        ? (await softmaxTrainer(training, train))!
        : tensorflowTrainer(training, await openBatches(train), 1);
    const pass = { train, batchSize, draws: undefined, seed: 1, epochs: 6, rateAt: () => {}, signal: undefined };
    const epochs = [];
    for (let epoch = 1; epoch <= 6; epoch++) epochs.push((await trainEpoch(trainer, epoch, pass))!);
    results.push({ epochs, weights: variables.map((variable) => variable.dataSync().slice() as Float32Array) });
    head.dispose();
  }
  return results;
}

function expectSame([a, b]: Awaited<ReturnType<typeof both>>): void {
  for (const [i, { loss, accuracy }] of a.epochs.entries()) {
    expect(b.epochs[i].loss).toBeCloseTo(loss, 4);
    expect(b.epochs[i].accuracy).toBeCloseTo(accuracy, 10);
  }
  expect(a.epochs[5].loss).toBeLessThan(a.epochs[0].loss);
  for (const [i, weights] of a.weights.entries()) {
    const largest = Math.max(...weights.map(Math.abs));
    expect(Math.max(...weights.map((w, j) => Math.abs(w - b.weights[i][j]))) / largest).toBeLessThan(1e-4);
  }
}

describe('the softmax trainer', () => {
  it.each([2, 3, 4, 10])('takes the steps that TensorFlow.js takes, %i classes', async (classes) => {
    expectSame(await both(classes));
  });

  it('without dropout, and with one image in the last batch', async () => {
    expectSame(await both(3, { dropout: 0, batchSize: 23 }));
  });

  it('with weight decay, which counts in the loss', async () => {
    expectSame(await both(3, { l2: 0.01 }));
  });

  it('with weights for classes', async () => {
    expectSame(await both(3, { classWeights: Float32Array.of(0.5, 1, 2) }));
  });

  it('without a bias', async () => {
    const noBias = (classes: number): tf.LayersModel => {
      const input = tf.input({ shape: SHAPE });
      const flat = tf.layers.flatten().apply(input) as tf.SymbolicTensor;
      const out = tf.layers
        .dense({ units: classes, activation: 'softmax', useBias: false, kernelInitializer: 'zeros' })
        .apply(flat);
      return tf.model({ inputs: input, outputs: out as tf.SymbolicTensor });
    };
    expectSame(await both(3, {}, noBias));
  });

  it('leaves to TensorFlow.js what is another training', async () => {
    const train = rows(3);
    const offered = async (head: tf.LayersModel, more: object = {}, options = {}, of = train) => {
      const variables = head.trainableWeights.map((weight) => weight.read() as tf.Variable);
      const training = { head, layers: headLayers(head), optimizer: makeOptimizer({}, 0.01), variables, mixup: 0 };
      return softmaxTrainer({ ...training, ...more }, of, options);
    };
    const withLayer = (config: object): tf.LayersModel => {
      const input = tf.input({ shape: SHAPE });
      const flat = tf.layers.flatten().apply(input);
      const out = tf.layers.dense({ units: 3, activation: 'softmax', ...config }).apply(flat);
      return tf.model({ inputs: input, outputs: out as tf.SymbolicTensor });
    };
    expect(await offered(headOf(3, {}))).toBeDefined();
    expect(await offered(headOf(3, { hidden: [8] }))).toBeUndefined();
    expect(await offered(headOf(3, {}), { mixup: 0.2 })).toBeUndefined();
    expect(await offered(headOf(3, {}), {}, { optimizer: 'sgd' })).toBeUndefined();
    expect(await offered(headOf(3, {}), {}, {}, { ...train, views: 2 })).toBeUndefined();
    expect(await offered(withLayer({ kernelRegularizer: tf.regularizers.l1({ l1: 0.1 }) }))).toBeUndefined();
    expect(await offered(withLayer({ kernelConstraint: tf.constraints.maxNorm({}) }))).toBeUndefined();
    expect(await offered(withLayer({ biasRegularizer: tf.regularizers.l2({ l2: 0.1 }) }))).toBeUndefined();
    const partly = withLayer({});
    const [kernel] = partly.trainableWeights.map((weight) => weight.read() as tf.Variable);
    expect(await offered(partly, { variables: [kernel] })).toBeUndefined();
  });

  it('leaves no tensor behind, and the frozen input as it was', async () => {
    const train = rows(3);
    const before = await train.rows([0, 1]);
    const head = headOf(3, {});
    await fit(head, train, { epochs: 1, progress: false });
    const { numTensors } = tf.memory();
    await fit(head, train, { epochs: 3, progress: false });
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(await train.rows([0, 1])).toEqual(before);
  });
});

it('what a training leaves, the next on the same features takes over, with the results of one on fresh ones', async () => {
  const fitted = async (train: ReturnType<typeof rows>, dropout = 0.5): Promise<unknown> => {
    const head = headOf(4, { dropout });
    const { epochs } = await fit(head, train, { epochs: 3, progress: false });
    const weights = head.getWeights().map((weight) => [...weight.dataSync()]);
    head.dispose();
    return [epochs.map(({ seconds: _, ...rest }) => rest), weights];
  };
  const fresh = await fitted(rows(4));
  const train = rows(4);
  expect([await fitted(train), await fitted(train)]).toEqual([fresh, fresh]);
  expect(await Promise.all([fitted(train), fitted(train)])).toEqual([fresh, fresh]);
  expect(await fitted(train, 0)).toEqual(await fitted(rows(4), 0));
});
