import { ownOf } from '../host/own.ts';
import type { Builder } from './builder.ts';
import { foldedWeights, type Operation, scaleOf } from './fuse.ts';

/**
 * Writes an operation in float32; pictures are [n, C, H, W].
 * @param inputs the names of its inputs
 * @returns the name of its output
 * @throws Error naming a layer that cannot be converted
 */
export function convertOperation(build: Builder, operation: Operation, inputs: readonly string[]): string {
  const { kind, layer, shape } = operation;
  const converter =
    inputs.length === 1 || kind === 'Add' || kind === 'Concatenate' ? ownOf(CONVERTERS, kind) : undefined;
  if (!converter || (kind === 'Dense' && shape.length !== 1))
    throw new Error(
      `onnx: layer "${layer.name}" (${kind}, output of rank ${shape.length + 1}) cannot be converted: expected ` +
        `${Object.keys(CONVERTERS).join(', ')}. Use { engine: "tensorflow" } for this model.`,
    );
  if (operation.config.dataFormat && operation.config.dataFormat !== 'channelsLast')
    throw new Error(`onnx: layer "${layer.name}": expected channelsLast; got ${String(operation.config.dataFormat)}.`);
  return activate(build, operation, converter(build, operation, inputs));
}

type Convert = (build: Builder, operation: Operation, inputs: readonly string[]) => string;

export const CONVERTERS: Readonly<Record<string, Convert>> = {
  Conv2D: convolution,
  DepthwiseConv2D: convolution,
  Dense(build, operation, [x]) {
    const { kernel, shape, bias } = foldedWeights(operation);
    const inputs = [x, build.weights(`${operation.layer.name}/kernel`, kernel, [...shape])];
    if (bias) inputs.push(build.weights(`${operation.layer.name}/bias`, bias, [bias.length]));
    return build.node('Gemm', inputs);
  },
  Add: (build, _, inputs) => inputs.slice(1).reduce((sum, x) => build.node('Add', [sum, x]), inputs[0]),
  Concatenate(build, { layer, shape, config }, inputs) {
    if (shape.length !== 1 || ![-1, 1].includes(config.axis as number))
      throw new Error(
        `onnx: layer "${layer.name}": expected vectors to be concatenated; got rank ${shape.length + 1}.`,
      );
    return build.node('Concat', [...inputs], { axis: 1 });
  },
  BatchNormalization(build, { layer, inputShape, config }, [x]) {
    const rank = inputShape.length + 1;
    const axis = config.axis as number;
    if (axis !== -1 && axis !== rank - 1)
      throw new Error(`onnx: layer "${layer.name}": expected the last axis to be normalized; got axis ${axis}.`);
    const { factor, offset } = scaleOf(layer);
    const shape = rank === 4 ? [1, factor.length, 1, 1] : [1, factor.length];
    const channels = (values: Float64Array): string => build.constant(Float32Array.from(values), shape);
    return build.node('Add', [build.node('Mul', [x, channels(factor)]), channels(offset)]);
  },
  Activation: (_, __, [x]) => x,
  ReLU: (_, __, [x]) => x,
  ZeroPadding2D: (build, operation, [x]) => zeroPadding(build, operation, x, build.constant(Float32Array.of(0), [])),
  MaxPooling2D: (build, { config }, [x]) => build.node('MaxPool', [x], poolAttributes(config)),
  // zeros that "same" adds around a picture count in neither library's average
  AveragePooling2D: (build, { config }, [x]) => build.node('AveragePool', [x], poolAttributes(config)),
  Rescaling(build, { config }, [x]) {
    const number = (value: unknown): string => build.constant(Float32Array.of(value as number), []);
    return build.node('Add', [build.node('Mul', [x, number(config.scale)]), number(config.offset)]);
  },
  GlobalAveragePooling2D: (build, _, [x]) => build.node('Flatten', [build.node('GlobalAveragePool', [x])], { axis: 1 }),
  GlobalMaxPooling2D: (build, _, [x]) => build.node('Flatten', [build.node('GlobalMaxPool', [x])], { axis: 1 }),
  Flatten: (build, { inputShape }, [x]) => flatten(build, inputShape, x),
};

function convolution(build: Builder, operation: Operation, [x]: readonly string[]): string {
  const { layer } = operation;
  const { kernel, shape, bias } = foldedWeights(operation);
  const { dims, ...attributes } = convolutionAttributes(operation, shape);
  const [outputs, channels, h, w] = dims;
  const inputs = [x, build.weights(`${layer.name}/kernel`, hwioToOihw(kernel, h, w, channels, outputs), dims)];
  if (bias) inputs.push(build.weights(`${layer.name}/bias`, bias, [outputs]));
  return build.node('Conv', inputs, attributes);
}

/**
 * Gives the attributes of ONNX's Conv for a convolution.
 * @param shape the shape of Keras' kernel: [h, w, in, out], or [h, w, channels, multiplier] if it is depthwise
 * @returns the attributes, and the kernel's shape in ONNX
 */
export function convolutionAttributes(
  { kind, config }: Operation,
  [h, w, channels, outputs]: readonly number[],
): {
  readonly dims: [outputs: number, inputs: number, h: number, w: number];
  readonly kernel_shape: number[];
  readonly strides: number[];
  readonly dilations: number[];
  readonly auto_pad: string;
  readonly group: number;
} {
  const depthwise = kind === 'DepthwiseConv2D';
  return {
    dims: depthwise ? [channels * outputs, 1, h, w] : [outputs, channels, h, w],
    kernel_shape: [h, w],
    strides: config.strides as number[],
    dilations: config.dilationRate as number[],
    group: depthwise ? channels : 1,
    ...padding(config),
  };
}

/** Adds zeros around pictures. */
export function zeroPadding(build: Builder, { config }: Operation, x: string, zero: string): string {
  const [[top, bottom], [left, right]] = config.padding as number[][];
  const pads = BigInt64Array.from([0, 0, top, left, 0, 0, bottom, right], BigInt);
  return build.node('Pad', [x, build.constant(pads, [8]), zero]);
}

/** Flattens in Keras' order, so that the weights of the next layer fit. */
export const flatten = (build: Builder, before: readonly number[], x: string): string =>
  build.node('Flatten', [before.length === 3 ? build.node('Transpose', [x], { perm: [0, 2, 3, 1] }) : x], { axis: 1 });

export const poolAttributes = (config: Operation['config']): Record<string, number[] | string> => ({
  kernel_shape: config.poolSize as number[],
  strides: config.strides as number[],
  ...padding(config),
});

/** Gives the padding; TensorFlow's "same" puts the odd pixel at the end. */
const padding = (config: Operation['config']): { auto_pad: string } => ({
  auto_pad: config.padding === 'same' ? 'SAME_UPPER' : 'VALID',
});

/** Adds an operation's activation. */
export function activate(build: Builder, { layer, activation, ceiling }: Operation, x: string): string {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return ceiling === undefined
        ? build.node('Relu', [x])
        : build.node('Clip', [x, build.constant(Float32Array.of(0), []), build.constant(Float32Array.of(ceiling), [])]);
    case 'softmax':
      return build.node('Softmax', [x], { axis: 1 });
    case 'sigmoid':
      return build.node('Sigmoid', [x]);
    case 'swish':
      return build.node('Mul', [x, build.node('Sigmoid', [x])]);
    case 'tanh':
      return build.node('Tanh', [x]);
    default:
      throw new Error(
        `onnx: layer "${layer.name}": expected activation linear, relu, relu6, sigmoid, swish, tanh or softmax; got "${activation}". ` +
          'Use { engine: "tensorflow" } for this model.',
      );
  }
}

/** Reorders a kernel: [h, w, in, out] → [out, in, h, w]. */
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
