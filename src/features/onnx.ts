import type * as tf from '@tensorflow/tfjs';
import { type Kernel, resampleMatrix, roundsBetween } from '../images/kernels.ts';
import { IMAGENET_MEANS_BGR, type Preprocessing } from '../images/preprocess.ts';
import { encodeOnnx, type Node, type Tensor } from './onnx-format.ts';

export interface BackboneGraphOptions {
  /** Height and width of the images that go in. */
  readonly imageSize: readonly [height: number, width: number];
  readonly kernel: Kernel;
  readonly preprocess: Preprocessing;
}

/** A graph under construction. */
interface Builder {
  node(op: string, inputs: string[], attributes?: Node['attributes']): string;
  /** Small values, kept in the model itself. */
  constant(values: Float32Array | BigInt64Array, shape: number[]): string;
  /** A layer's weights, which go to the file beside the model. */
  weights(name: string, values: Float32Array, shape: number[]): string;
}

/**
 * Turns a backbone into one ONNX graph from bytes to features: images uint8 [n, H, W, 3] RGB → upscaling (two matrix
 * products), rounding and clipping, preprocessing, the layers' own weights → features float32 in Keras' layout.
 * @param backbone a chain of Conv2D, MaxPooling2D, GlobalAveragePooling2D, Flatten, Dense, Activation and Dropout
 * @param writeWeights takes each layer's weights as they come; they may be overwritten afterwards
 * @returns the ONNX model; its weights lie in `weights.bin` beside it, in the order written
 * @throws Error naming a layer that cannot be converted
 */
export function backboneToOnnx(
  backbone: tf.LayersModel,
  { imageSize, kernel, preprocess }: BackboneGraphOptions,
  writeWeights: (bytes: Uint8Array) => void,
): Uint8Array {
  const nodes: Node[] = [];
  const tensors: Tensor[] = [];
  let offset = 0;
  const build: Builder = {
    node(op, inputs, attributes) {
      const output = `${op.toLowerCase()}_${nodes.length}`;
      nodes.push({ op, inputs, output, attributes });
      return output;
    },
    constant(values, shape) {
      const name = `constant_${tensors.length}`;
      tensors.push({ name, type: values instanceof Float32Array ? 'float32' : 'int64', shape, data: bytesOf(values) });
      return name;
    },
    weights(name, values, shape) {
      const bytes = bytesOf(values);
      tensors.push({ name, type: 'float32', shape, data: { file: 'weights.bin', offset, length: bytes.length } });
      writeWeights(bytes);
      offset += bytes.length;
      return name;
    },
  };
  const size = (backbone.inputs[0].shape as number[])[1];
  let x = pixels(build, 'images', imageSize, size, kernel, preprocess); // [n, 3, size, size]
  for (const layer of backbone.layers.slice(1)) x = convert(build, layer, x);
  const shape = (backbone.outputs[0].shape as number[]).slice(1);
  // ONNX keeps pictures as [n, C, H, W], Keras as [n, H, W, C]
  if (shape.length === 3) x = build.node('Transpose', [x], { perm: [0, 2, 3, 1] });
  nodes.push({ op: 'Identity', inputs: [x], output: 'features' });
  return encodeOnnx({
    name: backbone.name,
    inputs: [{ name: 'images', type: 'uint8', shape: ['n', ...imageSize, 3] }],
    outputs: [{ name: 'features', type: 'float32', shape: ['n', ...shape] }],
    nodes,
    tensors,
  });
}

const bytesOf = (values: ArrayBufferView): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** uint8 [n, H, W, 3] RGB → float32 [n, 3, size, size], as the network was trained to see it. */
function pixels(build: Builder, images: string, [height, width]: readonly [number, number], size: number, kernel: Kernel, preprocess: Preprocessing): string {
  let x = build.node('Transpose', [images], { perm: [0, 3, 1, 2] });
  // BGR while the picture is still small
  if (preprocess === 'caffe') x = build.node('Gather', [x, build.constant(new BigInt64Array([2n, 1n, 0n]), [3])], { axis: 1 });
  x = build.node('Cast', [x], { to: 1 });
  if (height !== size || width !== size) {
    const down = build.constant(resampleMatrix(height, size, kernel), [size, height]);
    const across = build.constant(transposed(resampleMatrix(width, size, kernel), size, width), [width, size]);
    const [low, high] = [build.constant(Float32Array.of(0), []), build.constant(Float32Array.of(255), [])];
    const levels = (y: string): string => build.node('Clip', [build.node('Round', [y]), low, high]);
    const wide = build.node('MatMul', [x, across]);
    x = levels(build.node('MatMul', [down, roundsBetween(kernel) ? levels(wide) : wide]));
  }
  if (preprocess === 'caffe') x = build.node('Sub', [x, build.constant(Float32Array.from(IMAGENET_MEANS_BGR), [1, 3, 1, 1])]);
  return x;
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
      if (bias) inputs.push(build.weights(`${name}/bias`, bias.dataSync() as Float32Array, [output]));
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
      const inputs = [x, build.weights(`${layer.name}/kernel`, kernel.dataSync() as Float32Array, kernel.shape)];
      if (bias) inputs.push(build.weights(`${layer.name}/bias`, bias.dataSync() as Float32Array, bias.shape));
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

function requireChannelsLast(layer: tf.layers.Layer, config: Record<string, unknown>): void {
  if (config.dataFormat && config.dataFormat !== 'channelsLast') {
    throw new Error(`onnx: layer "${layer.name}": expected channelsLast; got ${String(config.dataFormat)}.`);
  }
}

/** TensorFlow's "same" puts the odd pixel at the end. */
const padding = (config: Record<string, unknown>): { auto_pad: string } => ({ auto_pad: config.padding === 'same' ? 'SAME_UPPER' : 'VALID' });

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
function hwioToOihw(values: Float32Array, h: number, w: number, input: number, output: number): Float32Array {
  const ordered = new Float32Array(values.length);
  for (let p = 0, from = 0; p < h * w; p++) {
    for (let i = 0; i < input; i++) {
      for (let o = 0; o < output; o++) ordered[(o * input + i) * h * w + p] = values[from++]!;
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
