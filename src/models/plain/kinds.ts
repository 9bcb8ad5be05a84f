import { ownOf } from '../../host/own.ts';

/** A layer's settings. */
export type Config = Readonly<Record<string, unknown>>;
type Shape = readonly number[];

/** A kind of layer, by its class name in Keras. Shapes are without the batch. */
export interface Kind {
  /**
   * Gives all settings that decide its numbers, in the order in which TensorFlow.js lists them: ids are made of them.
   * @throws Error naming a setting that it does not know
   */
  config(given: Config): Config;
  shape(inputs: readonly Shape[], config: Config): Shape;
  /** Gives the shapes of its weights. @default none */
  weights?(input: Shape, config: Config): Shape[];
}

const pair = (value: unknown): number[] =>
  Array.isArray(value) ? [...(value as number[])] : [value as number, value as number];

/** Settings that matter only before training, or to layers in a sequence of TensorFlow.js. */
const IGNORED = /Initializer$|Regularizer$|Constraint$|^(trainable|dtype|inputDType|batchInputShape|rank)$/;

/** Gives settings by their defaults; unknown ones are refused, since they might change the numbers. */
function settings(given: Config, defaults: Config): Config {
  for (const [key, value] of Object.entries(given))
    if (!Object.hasOwn(defaults, key) && !IGNORED.test(key) && value !== null && value !== undefined)
      throw new Error(`expected one of ${Object.keys(defaults).join(', ')}; got "${key}".`);
  const all = Object.entries(defaults).map(([key, value]) => [key, ownOf(given, key) ?? value] as const);
  const config = Object.fromEntries(all);
  if (config.dataFormat !== undefined && config.dataFormat !== 'channelsLast')
    throw new Error(`dataFormat: expected channelsLast; got "${String(config.dataFormat)}".`);
  return config;
}

const pairs = (given: Config, ...names: readonly string[]): Config => ({
  ...given,
  ...Object.fromEntries(names.map((name) => [name, pair(ownOf(given, name) ?? 1)])),
});

/** Gives the size behind a window that moves over a picture. */
function slid([h, w]: Shape, size: unknown, { padding, strides }: Config): [number, number] {
  const one = (side: number, i: 0 | 1): number => {
    const step = (strides as number[])[i];
    return padding === 'same' ? Math.ceil(side / step) : Math.floor((side - (size as number[])[i]) / step) + 1;
  };
  return [one(h, 0), one(w, 1)];
}

const same: Kind['shape'] = ([input]) => input;
const biased = (config: Config, kernel: Shape, outputs: number): Shape[] =>
  config.useBias ? [kernel, [outputs]] : [kernel];

/** What both kinds of convolutions have, in TensorFlow.js' order, which decides ids. */
const CONVOLUTION = {
  kernelSize: 0,
  strides: 0,
  padding: 'valid',
  dataFormat: 'channelsLast',
  dilationRate: 0,
  activation: 'linear',
  useBias: true,
};

const POOLING: Kind = {
  config: (given) =>
    settings(pairs({ ...given, strides: given.strides ?? given.poolSize }, 'poolSize', 'strides'), {
      poolSize: 0,
      padding: 'valid',
      strides: 0,
      dataFormat: 'channelsLast',
    }),
  shape: ([input], config) => [...slid(input, config.poolSize, config), input[2]],
};
const GLOBAL_POOLING: Kind = {
  config: (given) => settings(given, { dataFormat: 'channelsLast' }),
  shape: ([input]) => [input[2]],
};

/** The kinds of layers that Graft's networks and heads are made of, and a few more that files of others have. */
export const KINDS: Readonly<Record<string, Kind>> = {
  InputLayer: {
    config: (given) => ({ batchInputShape: given.batchInputShape, dtype: 'float32', sparse: false }),
    shape: (_, { batchInputShape }) => (batchInputShape as number[]).slice(1),
  },
  Conv2D: {
    config: (given) => settings(pairs(given, 'kernelSize', 'strides', 'dilationRate'), { filters: 0, ...CONVOLUTION }),
    shape: ([input], config) => [...slid(input, config.kernelSize, config), config.filters as number],
    weights: ([, , channels], config) => {
      const filters = config.filters as number;
      return biased(config, [...(config.kernelSize as number[]), channels, filters], filters);
    },
  },
  DepthwiseConv2D: {
    config: (given) =>
      settings(pairs(given, 'kernelSize', 'strides', 'dilationRate'), { ...CONVOLUTION, depthMultiplier: 1 }),
    shape: ([input], config) => [
      ...slid(input, config.kernelSize, config),
      input[2] * (config.depthMultiplier as number),
    ],
    weights: ([, , channels], config) => {
      const times = config.depthMultiplier as number;
      return biased(config, [...(config.kernelSize as number[]), channels, times], channels * times);
    },
  },
  Dense: {
    config: (given) => settings(given, { units: 0, activation: 'linear', useBias: true }),
    shape: ([input], { units }) => [...input.slice(0, -1), units as number],
    weights: (input, config) => biased(config, [input.at(-1)!, config.units as number], config.units as number),
  },
  MaxPooling2D: POOLING,
  AveragePooling2D: POOLING,
  ZeroPadding2D: {
    config: (given) => settings(given, { padding: 0, dataFormat: 'channelsLast' }),
    shape: ([[h, w, channels]], { padding }) => {
      const [[top, bottom], [left, right]] = padding as number[][];
      return [h + top + bottom, w + left + right, channels];
    },
  },
  BatchNormalization: {
    config: (given) => settings(given, { axis: -1, momentum: 0.99, epsilon: 0.001, center: true, scale: true }),
    shape: same,
    weights: (input, { axis, center, scale }) => {
      const channels = input.at((axis as number) < 0 ? (axis as number) : (axis as number) - 1)!;
      return new Array<Shape>(2 + Number(Boolean(center)) + Number(Boolean(scale))).fill([channels]);
    },
  },
  Activation: { config: (given) => settings(given, { activation: 'linear' }), shape: same },
  ReLU: { config: (given) => settings(given, { maxValue: undefined }), shape: same },
  Add: { config: (given) => settings(given, {}), shape: same },
  Concatenate: {
    config: (given) => settings(given, { axis: -1 }),
    shape: (inputs) => [...inputs[0].slice(0, -1), inputs.reduce((sum, input) => sum + input.at(-1)!, 0)],
  },
  GlobalAveragePooling2D: GLOBAL_POOLING,
  GlobalMaxPooling2D: GLOBAL_POOLING,
  Rescaling: { config: (given) => settings(given, { scale: 1, offset: 0 }), shape: same },
  Flatten: {
    config: (given) => settings(given, { dataFormat: undefined }),
    shape: ([input]) => [input.reduce((a, b) => a * b, 1)],
  },
  // noise_shape and seed matter in training alone, and seed is written by TensorFlow.js in every head
  Dropout: { config: (given) => settings(given, { rate: 0, noiseShape: undefined, seed: undefined }), shape: same },
};
