import type * as tf from '@tensorflow/tfjs';
import { type BackboneInput } from '../models/backbone.ts';
import { resampleMatrix, roundsBetween } from '../pixels/interpolation.ts';
import { normalizationOf } from '../pixels/preprocess.ts';
import { type Builder, graphBuilder } from './builder.ts';
import { encodeOnnx } from './format.ts';

export interface BackboneGraphOptions {
  /** Height and width of the images that go in. */
  readonly imageSize: readonly [height: number, width: number];
  readonly input: BackboneInput;
}

/**
 * Turns a backbone into one ONNX graph from bytes to features: images uint8 [n, H, W, 3] RGB → upscaling (two matrix
 * products), rounding and clipping, preprocessing, the layers' own weights → features float32 in Keras' layout.
 * @param model of Conv2D, MaxPooling2D, GlobalAveragePooling2D, Flatten, Dense, Activation and Dropout
 * @param options.largest also puts out each layer's largest values, as `largest/<layer>`, largest first: how many of
 *   the values that a layer gives for one image. Such a graph takes one image at a time.
 * @param writeWeights takes each layer's weights as they come; they may be overwritten afterwards
 * @returns the ONNX model; its weights lie in `weights.bin` beside it, in the order written
 * @throws Error naming a layer that cannot be converted
 */
export function backboneToOnnx(
  model: tf.LayersModel,
  { largest, ...options }: BackboneGraphOptions & { readonly largest?: (values: number) => number },
  writeWeights: (bytes: Uint8Array) => void,
): Uint8Array {
  const build = graphBuilder(writeWeights);
  const { mean, std } = normalizationOf(options.input.preprocess);
  const channels = (values: readonly number[]): string => build.constant(Float32Array.from(values), [1, 3, 1, 1]);
  let levels = levelNodes(build, options); // [n, 3, S, S]
  if (mean.some(Boolean)) levels = build.node('Sub', [levels, channels(mean)]);
  if (std.some((value) => value !== 1)) levels = build.node('Div', [levels, channels(std)]);
  const further: { name: string; shape: number[] }[] = [];
  const x = walk(model, levels, (layer, inputs) => {
    const output = convert(build, layer, inputs);
    if (largest && layer.weights.length) {
      const k = largest((layer.outputShape as number[]).slice(1).reduce((a, b) => a * b, 1));
      const values = build.node('Reshape', [output, build.constant(new BigInt64Array([-1n]), [1])]);
      const places = build.constant(new BigInt64Array([BigInt(k)]), [1]);
      further.push({ name: build.node('TopK', [values, places], { axis: 0 }, `largest/${layer.name}`), shape: [k] });
    }
    return output;
  });
  return encodeBackbone(build, model, options, x, further);
}

/**
 * Follows a model's graph from its input to its output and converts each layer once, whatever stands between them.
 * @param start what stands for the model's input
 * @param convertLayer what a layer makes of what stands for its inputs
 * @returns what stands for the model's output
 */
export function walk<T>(model: tf.LayersModel, start: T, convertLayer: (layer: tf.layers.Layer, inputs: T[]) => T): T {
  const done = new Map<number, T>([[model.inputs[0].id, start]]);
  const valueOf = (tensor: tf.SymbolicTensor): T => {
    const known = done.get(tensor.id);
    if (known !== undefined) return known;
    const { sourceLayer: layer, nodeIndex } = tensor;
    const { inputTensors } = layer.inboundNodes[nodeIndex];
    if (!inputTensors.length) throw new Error(`onnx: layer "${layer.name}" of "${model.name}" is a second input.`);
    const value = convertLayer(layer, inputTensors.map(valueOf));
    done.set(tensor.id, value);
    return value;
  };
  return valueOf(model.outputs[0]);
}

/**
 * The graph's end: features in Keras' layout, [n, H, W, C] where ONNX has [n, C, H, W].
 */
export function encodeBackbone(
  build: Builder,
  model: tf.LayersModel,
  { imageSize }: BackboneGraphOptions,
  x: string,
  further: readonly { readonly name: string; readonly shape: readonly number[] }[] = [],
): Uint8Array {
  const shape = (model.outputs[0].shape as number[]).slice(1);
  const last = shape.length === 3 ? build.node('Transpose', [x], { perm: [0, 2, 3, 1] }) : x;
  build.node('Identity', [last], {}, 'features');
  return encodeOnnx({
    name: model.name,
    inputs: [{ name: 'images', type: 'uint8', shape: ['n', ...imageSize, 3] }],
    outputs: [
      { name: 'features', type: 'float32', shape: ['n', ...shape] },
      ...further.map((output) => ({ ...output, type: 'float32' as const })),
    ],
    nodes: build.nodes,
    tensors: build.tensors,
  });
}

/**
 * Upscaling: images uint8 [n, H, W, 3] RGB → levels [n, 3, S + 2·border, S + 2·border] float32, whole numbers 0..255,
 * in the network's order of channels.
 * @param options.border pixels of 0 around each picture @default 0
 * @param options.images the input's name @default 'images'
 */
export function levelNodes(
  build: Builder,
  { imageSize: [height, width], input: { size, interpolation, preprocess } }: BackboneGraphOptions,
  { border = 0, images = 'images' }: { readonly border?: number; readonly images?: string } = {},
): string {
  let x = build.node('Transpose', [images], { perm: [0, 3, 1, 2] });
  // BGR while the picture is still small
  if (normalizationOf(preprocess).channels === 'BGR')
    x = build.node('Gather', [x, build.constant(new BigInt64Array([2n, 1n, 0n]), [3])], { axis: 1 });
  x = build.node('Cast', [x], { to: 1 });
  if (height === size && width === size && !border) return x;
  const outer = size + 2 * border;
  const matrix = (from: number): Float32Array => {
    const padded = new Float32Array(outer * from);
    padded.set(resampleMatrix(from, size, from === size ? 'nearest' : interpolation), border * from);
    return padded;
  };
  const down = build.constant(matrix(height), [outer, height]);
  const across = build.constant(transposed(matrix(width), outer, width), [width, outer]);
  const product = build.node('MatMul', [x, across]);
  const between = roundsBetween(interpolation) ? wholeLevels(build, product) : product;
  return wholeLevels(build, build.node('MatMul', [down, between]));
}

/** 1.5 · 2²³: a float32 of this size has no fraction, so adding it rounds (half to even). */
const NO_FRACTION = 12_582_912;

/** Rounds and clips to 0..255. */
function wholeLevels(build: Builder, x: string): string {
  const number = (value: number): string => build.constant(Float32Array.of(value), []);
  if (build.opset >= 11) return build.node('Clip', [build.node('Round', [x]), number(0), number(255)]);
  // older operators cannot round, and clip by attributes
  const rounded = build.node('Sub', [build.node('Add', [x, number(NO_FRACTION)]), number(NO_FRACTION)]);
  return build.node('Min', [build.node('Max', [rounded, number(0)]), number(255)]);
}

/** @returns the name of what the layer puts out */
function convert(build: Builder, layer: tf.layers.Layer, inputs: readonly string[]): string {
  const config = layer.getConfig() as Record<string, unknown>;
  const kind = layer.getClassName();
  const rank = (layer.outputShape as number[]).length;
  const [x] = inputs;
  const converter = inputs.length === 1 ? CONVERTERS[kind] : undefined;
  if (converter && !(kind === 'Dense' && rank !== 2)) return converter(build, layer, x, config);
  throw new Error(
    `onnx: layer "${layer.name}" (${kind}, output of rank ${rank}) cannot be converted: expected ` +
      `${Object.keys(CONVERTERS).join(', ')}. Use { engine: "tensorflow" } for this model.`,
  );
}

type Convert = (build: Builder, layer: tf.layers.Layer, x: string, config: Record<string, unknown>) => string;

const CONVERTERS: Readonly<Record<string, Convert>> = {
  Conv2D(build, layer, x, config) {
    const [weights, bias] = layer.getWeights() as [tf.Tensor4D, tf.Tensor1D | undefined];
    const [h, w, input, output] = weights.shape;
    const ordered = hwioToOihw(weights.dataSync() as Float32Array, h, w, input, output);
    const inputs = [x, build.weights(`${layer.name}/kernel`, ordered, [output, input, h, w])];
    if (bias) inputs.push(build.weights(`${layer.name}/bias`, bias.dataSync(), [output]));
    requireChannelsLast(layer, config);
    const y = build.node('Conv', inputs, {
      kernel_shape: [h, w],
      strides: config.strides as number[],
      dilations: config.dilationRate as number[],
      ...padding(config),
    });
    return activation(build, layer, config.activation as string, y);
  },
  MaxPooling2D: (build, _, x, config) => build.node('MaxPool', [x], poolAttributes(config)),
  GlobalAveragePooling2D: (build, _, x) => build.node('Flatten', [build.node('GlobalAveragePool', [x])], { axis: 1 }),
  Flatten(build, layer, x) {
    // in Keras' order, so that the weights of the next layer fit
    const before = (layer.input as tf.SymbolicTensor).shape.length;
    return build.node('Flatten', [before === 4 ? build.node('Transpose', [x], { perm: [0, 2, 3, 1] }) : x], {
      axis: 1,
    });
  },
  Dense(build, layer, x, config) {
    const [weights, bias] = layer.getWeights() as [tf.Tensor2D, tf.Tensor1D | undefined];
    const inputs = [x, build.weights(`${layer.name}/kernel`, weights.dataSync(), weights.shape)];
    if (bias) inputs.push(build.weights(`${layer.name}/bias`, bias.dataSync(), bias.shape));
    return activation(build, layer, config.activation as string, build.node('Gemm', inputs));
  },
  Activation: (build, layer, x, config) => activation(build, layer, config.activation as string, x),
  Dropout: (_, __, x) => x, // does nothing outside training
};

export function requireChannelsLast(layer: tf.layers.Layer, config: Record<string, unknown>): void {
  if (config.dataFormat && config.dataFormat !== 'channelsLast') {
    throw new Error(`onnx: layer "${layer.name}": expected channelsLast; got ${String(config.dataFormat)}.`);
  }
}

export const poolAttributes = (config: Record<string, unknown>): Record<string, number[] | string> => ({
  kernel_shape: config.poolSize as number[],
  strides: config.strides as number[],
  ...padding(config),
});

/** TensorFlow's "same" puts the odd pixel at the end. */
export const padding = (config: Record<string, unknown>): { auto_pad: string } => ({
  auto_pad: config.padding === 'same' ? 'SAME_UPPER' : 'VALID',
});

function activation(build: Builder, layer: tf.layers.Layer, name: string, x: string): string {
  switch (name) {
    case 'linear':
    case undefined:
      return x;
    case 'relu':
      return build.node('Relu', [x]);
    case 'softmax':
      return build.node('Softmax', [x], { axis: 1 });
    default:
      throw new Error(
        `onnx: layer "${layer.name}": expected activation linear, relu or softmax; got "${name}". Use { engine: "tensorflow" } for this model.`,
      );
  }
}

/** [h, w, in, out] → [out, in, h, w]. */
export function hwioToOihw<T extends Float32Array | Int8Array>(
  values: T,
  h: number,
  w: number,
  input: number,
  output: number,
): T {
  const ordered = values.slice() as T;
  for (let p = 0, from = 0; p < h * w; p++) {
    for (let i = 0; i < input; i++) {
      for (let o = 0; o < output; o++) ordered[(o * input + i) * h * w + p] = values[from++];
    }
  }
  return ordered;
}

/** [a, b] → [b, a]. */
function transposed(values: Float32Array, a: number, b: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < a; i++) for (let j = 0; j < b; j++) out[j * a + i] = values[i * b + j]!;
  return out;
}
