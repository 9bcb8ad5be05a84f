import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Features, features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import { fit } from '../../src/training/fit.ts';
import type { FitOptions } from '../../src/training/fit-options.ts';
import { reference, relativeError } from '../references/read.ts';

beforeAll(useTensorFlow);

// as test/references/keras_optimizers.py has them
const [N, D, K, STEPS] = [40, 5, 3, 20];
const waves = (n: number, phase: number): Features =>
  features(
    Float32Array.from({ length: n * D }, (_, at) => Math.sin(Math.floor(at / D) * 0.7 + (at % D) * 1.3 + phase) * 2),
    Int32Array.from({ length: n }, (_, i) => {
      const of10 = (i * 7 + Math.floor(i / 5)) % 10;
      return of10 < 2 ? 0 : of10 < 5 ? 1 : 2;
    }),
  );
const [train, validation] = [waves(N, 0), waves(15, 0.4)];
/** The same rows as a training reads them that WebAssembly does not take. */
const live: Features = { ...train, rowsOfEpoch: (indices) => train.rows(indices) };
const WEIGHTS = [2, 0.5, 1];

function head(): tf.LayersModel {
  const input = tf.input({ shape: [D] });
  const dense = tf.layers.dense({ units: K, activation: 'softmax' });
  const model = tf.model({ inputs: input, outputs: dense.apply(input) as tf.SymbolicTensor });
  const kernel = Float32Array.from(
    { length: D * K },
    (_, i) => Math.cos(Math.floor(i / K) * 1.1 + (i % K) * 2.3) * 0.2,
  );
  model.setWeights([tf.tensor2d(kernel, [D, K]), tf.zeros([K])]);
  return model;
}
const flat = (model: tf.LayersModel): number[] => model.getWeights().flatMap((weight) => [...weight.dataSync()]);

interface Reference {
  readonly loss: number[];
  readonly valLoss: number[];
  readonly learningRate?: number[];
  readonly weights: number[][];
}
const keras = reference<Record<string, Reference>>('keras-optimizers.json');

const CASES: Readonly<Record<string, FitOptions>> = {
  // Adam(0.02), CategoricalCrossentropy(label_smoothing=0.1)
  labelSmoothing: { learningRate: 0.02, labelSmoothing: 0.1 },
  // SGD(0.1), label_smoothing=0.2, class_weight={0: 2, 1: 0.5, 2: 1}
  'labelSmoothing, sgd, weights': {
    ...{ optimizer: 'sgd', learningRate: 0.1 },
    ...{ labelSmoothing: 0.2, classWeights: WEIGHTS },
  },
  // AdamW(0.02), exclude_from_weight_decay(var_names=["bias"])
  adamw: { optimizer: 'adamw', learningRate: 0.02 },
  // AdamW(0.02, weight_decay=0.3), the same
  'adamw, weightDecay': { optimizer: 'adamw', learningRate: 0.02, weightDecay: 0.3 },
  // SGD(0.05, momentum=0.9)
  momentum: { optimizer: 'sgd', learningRate: 0.05, momentum: 0.9 },
  // SGD(0.05, momentum=0.9, nesterov=True)
  nesterov: { optimizer: 'sgd', learningRate: 0.05, momentum: 0.9, nesterov: true },
  // SGD(0.8, momentum=0.9), ReduceLROnPlateau(factor=0.3, patience=2, min_delta=0.002)
  plateau: {
    ...{ optimizer: 'sgd', learningRate: 0.8, momentum: 0.9 },
    ...{ schedule: 'plateau', plateauFactor: 0.3, plateauPatience: 2, plateauMinDelta: 0.002 },
  },
  // SGD(0.8, momentum=0.5), ReduceLROnPlateau(factor=0.4, patience=1, min_delta=0.01, cooldown=2, min_lr=0.1)
  'plateau, cooldown, least': {
    ...{ optimizer: 'sgd', learningRate: 0.8, momentum: 0.5, schedule: 'plateau', plateauFactor: 0.4 },
    ...{ plateauPatience: 1, plateauMinDelta: 0.01, plateauCooldown: 2, plateauMinRate: 0.1 },
  },
  // Adam(0.02, use_ema=True, ema_momentum=0.9), SwapEMAWeights()
  useEma: { learningRate: 0.02, useEma: true, emaMomentum: 0.9 },
  // SGD(0.1, momentum=0.9, use_ema=True, ema_momentum=0.8), SwapEMAWeights()
  'useEma, sgd': { optimizer: 'sgd', learningRate: 0.1, momentum: 0.9, useEma: true, emaMomentum: 0.8 },
  // AdamW(0.05, weight_decay=0.1, use_ema=True, ema_momentum=0.7), label_smoothing=0.1, class_weight={…},
  // SwapEMAWeights(), ReduceLROnPlateau(monitor="val_categorical_crossentropy", factor=0.5, patience=2, min_delta=0.02)
  all: {
    ...{ optimizer: 'adamw', learningRate: 0.05, weightDecay: 0.1, useEma: true, emaMomentum: 0.7 },
    ...{ labelSmoothing: 0.1, classWeights: WEIGHTS },
    ...{ schedule: 'plateau', plateauFactor: 0.5, plateauPatience: 2, plateauMinDelta: 0.02 },
  },
};

describe.each(Object.entries(CASES))('%s', (name, options) => {
  it.each([
    { by: 'WebAssembly, if it takes it', images: train },
    { by: 'TensorFlow.js', images: live },
  ])("takes Keras' 20 steps, by $by", async ({ images }) => {
    const model = head();
    const steps: number[][] = [];
    const { epochs } = await fit(model, images, {
      ...{ batchSize: N, epochs: STEPS, validation, onEpoch: () => void steps.push(flat(model)) },
      ...options,
    });
    const { weights, loss, valLoss, learningRate } = keras[name];
    const largest = Math.max(...weights.flat().map(Math.abs));
    for (const [i, step] of weights.entries())
      for (const [j, weight] of step.entries())
        expect(Math.abs(steps[i][j] - weight) / largest, `step ${i + 1}, weight ${j}`).toBeLessThan(1e-5);
    const of = <T>(value: (epoch: (typeof epochs)[number]) => T): T[] => epochs.map(value);
    expect(
      relativeError(
        of((epoch) => epoch.loss),
        loss,
      ),
    ).toBeLessThan(1e-5);
    expect(
      relativeError(
        of((epoch) => epoch.valLoss!),
        valLoss,
      ),
    ).toBeLessThan(1e-5);
    if (learningRate)
      expect(
        relativeError(
          of((epoch) => epoch.learningRate!),
          learningRate,
        ),
      ).toBeLessThan(1e-6);
    else expect(of((epoch) => epoch.learningRate).every((rate) => rate === undefined)).toBe(true);
    // what it ends with is what was judged last
    expect(flat(model)).toEqual(steps.at(-1));
    const { loss: judged } = await evaluate(model, validation);
    expect(judged).toBeCloseTo(epochs.at(-1)!.valLoss!, 6);
    model.dispose();
  });
});
