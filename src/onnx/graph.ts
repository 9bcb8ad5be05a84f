import type * as tf from '@tensorflow/tfjs';
import { type Kernel, resampleMatrix, roundsBetween } from '../pixels/interpolation.ts';
import { IMAGENET_MEANS_BGR, type Preprocessing } from '../pixels/preprocess.ts';
import { type Builder, graphBuilder } from './builder.ts';
import { encodeOnnx } from './format.ts';

export interface BackboneGraphOptions {
  /** Height and width of the images that go in. */
  readonly imageSize: readonly [height: number, width: number];
  readonly kernel: Kernel;
  readonly preprocess: Preprocessing;
}

/**
 * Turns a backbone into one ONNX graph from bytes to features: images uint8 [n, H, W, 3] RGB → upscaling (two matrix
 * products), rounding and clipping, preprocessing, the layers' own weights → features float32 in Keras' layout.
 * @param backbone a chain of Conv2D, MaxPooling2D, GlobalAveragePooling2D, Flatten, Dense, Activation and Dropout
 * @param options.largest also puts out each layer's largest values, as `largest/<layer>`, largest first: how many of the
 * values that a layer gives for one image. Such a graph takes one image at a time.
 * @param writeWeights takes each layer's weights as they come; they may be overwritten afterwards
 * @returns the ONNX model; its weights lie in `weights.bin` beside it, in the order written
 * @throws Error naming a layer that cannot be converted
 */
export function backboneToOnnx(
  backbone: tf.LayersModel,
  { largest, ...options }: BackboneGraphOptions & { readonly largest?: (values: number) => number },
  writeWeights: (bytes: Uint8Array) => void,
): Uint8Array {
  const build = graphBuilder(writeWeights);
  let x = levelNodes(build, backbone, options); // [n, 3, S, S]
  if (options.preprocess === 'caffe') x = build.node('Sub', [x, build.constant(Float32Array.from(IMAGENET_MEANS_BGR), [1, 3, 1, 1])]);
  const further: { name: string; shape: number[] }[] = [];
  for (const layer of backbone.layers.slice(1)) {
    x = convert(build, layer, x);
    if (largest && layer.weights.length) {
      const k = largest((layer.outputShape as number[]).slice(1).reduce((a, b) => a * b, 1));
      const values = build.node('Reshape', [x, build.constant(new BigInt64Array([-1n]), [1])]);
      const name = build.node('TopK', [values, build.constant(new BigInt64Array([BigInt(k)]), [1])], { axis: 0 }, `largest/${layer.name}`);
      further.push({ name, shape: [k] });
    }
  }
  return encodeBackbone(build, backbone, options, x, further);
}

/**
 * The graph's end: features in Keras' layout, [n, H, W, C] where ONNX has [n, C, H, W].
 */
export function encodeBackbone(
  build: Builder,
  backbone: tf.LayersModel,
  { imageSize }: BackboneGraphOptions,
  x: string,
  further: readonly { readonly name: string; readonly shape: readonly number[] }[] = [],
): Uint8Array {
  const shape = (backbone.outputs[0].shape as number[]).slice(1);
  const last = shape.length === 3 ? build.node('Transpose', [x], { perm: [0, 2, 3, 1] }) : x;
  build.node('Identity', [last], {}, 'features');
  return encodeOnnx({
    name: backbone.name,
    inputs: [{ name: 'images', type: 'uint8', shape: ['n', ...imageSize, 3] }],
    outputs: [{ name: 'features', type: 'float32', shape: ['n', ...shape] }, ...further.map((output) => ({ ...output, type: 'float32' as const }))],
    nodes: build.nodes,
    tensors: build.tensors,
  });
}

/**
 * Upscaling: images uint8 [n, H, W, 3] RGB → levels [n, 3, S + 2·border, S + 2·border] float32, whole numbers 0..255, in
 * the network's order of channels.
 * @param border pixels of 0 around each picture @default 0
 */
export function levelNodes(
  build: Builder,
  backbone: tf.LayersModel,
  { imageSize: [height, width], kernel, preprocess }: BackboneGraphOptions,
  border = 0,
): string {
  const size = (backbone.inputs[0].shape as number[])[1];
  let x = build.node('Transpose', ['images'], { perm: [0, 3, 1, 2] });
  // BGR while the picture is still small
  if (preprocess === 'caffe') x = build.node('Gather', [x, build.constant(new BigInt64Array([2n, 1n, 0n]), [3])], { axis: 1 });
  x = build.node('Cast', [x], { to: 1 });
  if (height === size && width === size && !border) return x;
  const outer = size + 2 * border;
  const matrix = (from: number): Float32Array => {
    const padded = new Float32Array(outer * from);
    padded.set(resampleMatrix(from, size, from === size ? 'nearest' : kernel), border * from);
    return padded;
  };
  const down = build.constant(matrix(height), [outer, height]);
  const across = build.constant(transposed(matrix(width), outer, width), [width, outer]);
  const [low, high] = [build.constant(Float32Array.of(0), []), build.constant(Float32Array.of(255), [])];
  const levels = (y: string): string => build.node('Clip', [build.node('Round', [y]), low, high]);
  const wide = build.node('MatMul', [x, across]);
  return levels(build.node('MatMul', [down, roundsBetween(kernel) ? levels(wide) : wide]));
}

function convert(build: Builder, layer: tf.layers.Layer, x: string): string {
  const config = layer.getConfig() as Record<string, unknown>;
  const kind = layer.getClassName();
  const rank = (layer.outputShape as number[]).length;
  switch (kind) {
    case 'Conv2D': {
      const [kernel, bias] = layer.getWeights() as [tf.Tensor4D, tf.Tensor1D | undefined];
      const [h, w, input, output] = kernel.shape;
      const name = layer.name;
      const ordered = hwioToOihw(kernel.dataSync() as Float32Array, h, w, input, output);
      const inputs = [x, build.weights(`${name}/kernel`, ordered, [output, input, h, w])];
      if (bias) inputs.push(build.weights(`${name}/bias`, bias.dataSync(), [output]));
      requireChannelsLast(layer, config);
      const y = build.node('Conv', inputs, {
        kernel_shape: [h, w],
        strides: config.strides as number[],
        dilations: config.dilationRate as number[],
        ...padding(config),
      });
      return activation(build, layer, config.activation as string, y, 1);
    }
    case 'MaxPooling2D':
      return build.node('MaxPool', [x], { kernel_shape: config.poolSize as number[], strides: config.strides as number[], ...padding(config) });
    case 'GlobalAveragePooling2D':
      return build.node('Flatten', [build.node('GlobalAveragePool', [x])], { axis: 1 });
    case 'Flatten': {
      // in Keras' order, so that the weights of the next layer fit
      const before = (layer.input as tf.SymbolicTensor).shape.length;
      return build.node('Flatten', [before === 4 ? build.node('Transpose', [x], { perm: [0, 2, 3, 1] }) : x], { axis: 1 });
    }
    case 'Dense': {
      if (rank !== 2) break;
      const [kernel, bias] = layer.getWeights() as [tf.Tensor2D, tf.Tensor1D | undefined];
      const inputs = [x, build.weights(`${layer.name}/kernel`, kernel.dataSync(), kernel.shape)];
      if (bias) inputs.push(build.weights(`${layer.name}/bias`, bias.dataSync(), bias.shape));
      return activation(build, layer, config.activation as string, build.node('Gemm', inputs), 1);
    }
    case 'Activation':
      return activation(build, layer, config.activation as string, x, 1);
    case 'Dropout':
      return x; // does nothing outside training
  }
  throw new Error(
    `onnx: layer "${layer.name}" (${kind}, output of rank ${rank}) cannot be converted: expected Conv2D, MaxPooling2D, ` +
      'GlobalAveragePooling2D, Flatten, Dense, Activation or Dropout. Use { engine: "tensorflow" } for this model.',
  );
}

export function requireChannelsLast(layer: tf.layers.Layer, config: Record<string, unknown>): void {
  if (config.dataFormat && config.dataFormat !== 'channelsLast') {
    throw new Error(`onnx: layer "${layer.name}": expected channelsLast; got ${String(config.dataFormat)}.`);
  }
}

/** TensorFlow's "same" puts the odd pixel at the end. */
export const padding = (config: Record<string, unknown>): { auto_pad: string } => ({ auto_pad: config.padding === 'same' ? 'SAME_UPPER' : 'VALID' });

function activation(build: Builder, layer: tf.layers.Layer, name: string, x: string, axis: number): string {
  switch (name) {
    case 'linear':
    case undefined:
      return x;
    case 'relu':
      return build.node('Relu', [x]);
    case 'softmax':
      return build.node('Softmax', [x], { axis });
    default:
      throw new Error(`onnx: layer "${layer.name}": expected activation linear, relu or softmax; got "${name}". Use { engine: "tensorflow" } for this model.`);
  }
}

/** [h, w, in, out] → [out, in, h, w]. */
export function hwioToOihw<T extends Float32Array | Int8Array>(values: T, h: number, w: number, input: number, output: number): T {
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
