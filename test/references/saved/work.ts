import * as tf from '@tensorflow/tfjs';
import type { Dataset, shapes10 } from '../../../src/index.ts';

/** The pictures that everything saved here is about. */
export const pictures = (graft: { readonly shapes10: typeof shapes10 }): { train: Dataset; test: Dataset } =>
  graft.shapes10({ train: 20, test: 10, seed: 3 });

/** The network, its cut, and how its head was trained. */
export const LAYERS = {
  network: { inputSize: 32, weights: 'data/weights/vgg19-mini.h5' },
  cut: 'block5_pool',
  fit: { epochs: 3, seed: 1, learningRate: 0.01 },
} as const;

/** A training that was cut off. */
export const CHECKPOINT = {
  head: { classes: 10, dropout: 0.25, hidden: [4], seed: 2 },
  fit: { epochs: 4, batchSize: 5, seed: 4, learningRate: 0.01 },
  stopAfter: 2,
} as const;

export const GRID = { dropout: [0, 0.5], epochs: [2], learningRate: [0.01], seed: [1] } as const;

/** As it was written to `sweep.json`. */
export const SWEEP_FILE = {
  data: 'shapes10',
  train: 20,
  test: 10,
  seed: 1,
  backbone: 'vgg19-mini',
  cut: 'block5_pool',
  inputSize: 32,
  interpolation: 'bicubic',
  preprocess: 'caffe',
  engine: 'onnx',
  precision: 'float32',
  dtype: 'float16',
  grid: {
    dropout: [0, 0.5],
    hidden: [[4]],
    hiddenDropout: [0],
    l2: [0],
    seed: [1],
    epochs: [2],
    batchSize: [5],
    learningRate: [0.01],
    optimizer: ['adam'],
    schedule: ['cosine'],
    draws: [20],
    mixup: [0],
    train: [20],
  },
} as const;

/** A small drawn network, and how its head was trained. */
export const ONNX = {
  file: 'test/references/onnx/conv.onnx',
  run: { cut: 'relu2', preprocess: 'imagenet', epochs: 2, seed: 1 },
} as const;

/** A model of TensorFlow.js', [n, 8, 8, 3] → [n, 2]. */
export const layersModel = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [8, 8, 3],
        filters: 3,
        kernelSize: 3,
        kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
      }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 2, kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
    ],
  });

/** To seven digits, as they are written down. */
export const digits = (values: ArrayLike<number>): number[] =>
  Array.from(values, (value) => Number(value.toPrecision(7)));

/** The most probable class of each picture, and how probable it was. */
export const mostProbable = (
  predictions: readonly { readonly className: string; readonly probability: number }[],
): [string, number][] =>
  predictions.map(({ className, probability }) => [className, Number(probability.toPrecision(7))]);
