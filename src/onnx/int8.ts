import type * as tf from '@tensorflow/tfjs';
import { ownOf } from '../host/own.ts';
import type { TensorRanges } from '../models/backbone.ts';
import { normalizationOf } from '../pixels/preprocess.ts';
import { type Builder, graphBuilder } from './builder.ts';
import {
  activate,
  convertOperation,
  convolutionAttributes,
  flatten,
  hwioToOihw,
  poolAttributes,
  zeroPadding,
} from './convert.ts';
import { foldedWeights, fuse, isSigned, isSum, type Operation } from './fuse.ts';
import { type BackboneGraphOptions, encodeBackbone, levelNodes } from './graph.ts';

/** A uint8 tensor in the graph: its name, the value of one step, and the level that stands for zero. */
interface Quantized {
  readonly name: string;
  readonly scale: number;
  readonly zero: 0 | 128;
}

/** A float32 tensor in the graph. */
interface Float {
  readonly name: string;
}

/**
 * Turns a backbone into an ONNX graph that computes in 8 bits: uint8 activations with one scale per layer, int8 weights
 * with one scale per output channel, int32 sums and biases (QDQ form, which ONNX Runtime turns into integer kernels).
 * Activations behind a ReLU start at 0 and need no zero point; others (the end of a linear bottleneck, the two sides
 * of a shortcut) have their zero point in the middle. The first layer takes the picture's own levels 0..255, which are
 * already whole: subtracting the means and dividing by the deviations move into its weights and bias, and a border of
 * the (rounded) means replaces the padding with zeros, so that 8-bit input costs nothing. Everything after an average
 * over the picture stays in float32.
 * @param ranges ranges from calibration, for every sum but the last layer's
 * @param options.unfold for a CPU that multiplies matrices of 8-bit numbers; the features stay the same to the bit
 * @returns the model; its weights go to `writeWeights` as in {@link backboneToOnnx}
 * @throws Error naming a layer that has no 8-bit form
 */
export function backboneToInt8Onnx(
  model: tf.LayersModel,
  ranges: TensorRanges,
  { unfold = false, ...options }: BackboneGraphOptions & { readonly unfold?: boolean },
  writeWeights: (bytes: Uint8Array) => void,
): Uint8Array {
  const build = graphBuilder(writeWeights);
  const operations = fuse(model);
  const first = firstConvolution(operations);
  const lastWithWeights = operations.findLast(({ layer }) => layer.weights.length > 0);
  const levels = input(build, first, options);
  const values: (Quantized | Float)[] = [];
  const valueOf = (k: number): Quantized | Float => (k < 0 ? levels : values[k]);

  const convert = (operation: Operation): Quantized | Float => {
    const { kind, inputShape, inputs, config, name } = operation;
    const xs = inputs.map(valueOf);
    const [x] = xs;
    if (first.padding && operation === first.padding) return levels;
    const float = xs.map((one) => (): string => ('scale' in one ? dequantize(build, one) : one.name));
    if (kind === 'Concatenate')
      return {
        name: convertOperation(
          build,
          operation,
          float.map((one) => one()),
        ),
      };
    if (!xs.every((one): one is Quantized => 'scale' in one)) {
      if (kind !== 'Dense' && kind !== 'Flatten') throw unsupported(operation, FORMS);
      return { name: convertOperation(build, operation, names(xs)) };
    }
    switch (kind) {
      case 'MaxPooling2D':
        return { ...(x as Quantized), name: build.node('MaxPool', [x.name], poolAttributes(config)) };
      case 'Flatten':
        return { ...(x as Quantized), name: flatten(build, inputShape, x.name) };
      case 'ZeroPadding2D':
        return { ...(x as Quantized), name: zeroPadding(build, operation, x.name, zeroPoint(build, xs[0].zero)) };
      case 'GlobalAveragePooling2D':
        return { name: convertOperation(build, operation, [float[0]()]) };
    }
    if (!isSum(operation)) throw unsupported(operation, FORMS);
    const sum =
      kind === 'Add'
        ? float.map((one) => one()).reduce((a, b) => build.node('Add', [a, b]))
        : weighted(build, operation, xs[0], { unfold, first: operation === first.convolution ? options : undefined });
    // the last layer with weights may stay in float32 if no picture is left to pass on
    if (kind === 'Dense' && operation === lastWithWeights) return { name: activate(build, operation, sum) };
    const signed = isSigned(operation);
    const range = ownOf(ranges, name) ?? 0;
    if (!(signed || operation.activation === 'relu') || !(range > 0))
      throw unsupported(operation, 'a ReLU or no activation, and a calibrated range');
    // rounding to 0..255 is a ReLU, and a ReLU6 as well, since the range ends at 6
    return quantize(build, sum, range / (signed ? 127 : 255), signed ? 128 : 0);
  };
  for (const operation of operations) values.push(convert(operation));
  const output = values.at(-1)!;
  return encodeBackbone(build, model, options, 'scale' in output ? dequantize(build, output) : output.name);
}

const FORMS =
  'Conv2D, DepthwiseConv2D, Dense or Add with a ReLU or none, batch normalization behind a convolution, MaxPooling2D, ' +
  'ZeroPadding2D, GlobalAveragePooling2D, Concatenate, Flatten or Dropout';

const unsupported = ({ layer, kind }: Pick<Operation, 'layer' | 'kind'>, expected: string): Error =>
  new Error(
    `int8: layer "${layer.name}" (${kind}) has no 8-bit form: expected ${expected}. Use { precision: "float32" }.`,
  );

const names = (values: readonly { readonly name: string }[]): string[] => values.map(({ name }) => name);

/** The convolution that takes the picture, and the zeros before it, if they are a layer of their own. */
interface First {
  readonly convolution: Operation;
  readonly padding?: Operation;
}

function firstConvolution(operations: readonly Operation[]): First {
  const [zero, next] = operations;
  const padded = zero.kind === 'ZeroPadding2D' && operations.filter(({ inputs }) => inputs.includes(0)).length === 1;
  const convolution = padded && next.inputs[0] === 0 ? next : zero;
  if (convolution.kind !== 'Conv2D' || operations.filter(({ inputs }) => inputs.includes(-1)).length !== 1)
    throw unsupported(convolution, 'a Conv2D first');
  return { convolution, padding: convolution === zero ? undefined : zero };
}

/** Gives the number of zeros before and behind each row and column that the first convolution sees. */
function borderOf({ convolution, padding }: First, size: number): readonly [before: number, behind: number] {
  const { config } = convolution;
  const [[h, w], [down, across], [dilation]] = [config.kernelSize, config.strides, config.dilationRate] as number[][];
  const [[top, bottom], [left, right]] = (padding?.config.padding ?? [
    [0, 0],
    [0, 0],
  ]) as number[][];
  const even = h === w && down === across && dilation === 1 && top === left && bottom === right;
  if (!even || (padding && config.padding === 'same'))
    throw unsupported(convolution, 'a Conv2D with a square kernel, without dilation, first');
  if (config.padding !== 'same') return [top, bottom];
  // as in TensorFlow: the odd pixel at the end
  const all = Math.max(0, (Math.ceil(size / down) - 1) * down + h - size);
  return [Math.floor(all / 2), Math.ceil(all / 2)];
}

/** Adds the nodes from images to levels as uint8 [n, 3, S + border, S + border], with the means around them. */
function input(build: Builder, first: First, options: BackboneGraphOptions): Quantized {
  const { size, preprocess } = options.input;
  const border = borderOf(first, size);
  const [before, behind] = border;
  const { mean: means } = normalizationOf(preprocess);
  const levels = levelNodes(build, options, { border });
  if (!means.some(Boolean) || !(before + behind)) return quantize(build, levels, 1, 0);
  const side = before + size + behind;
  const frame = new Float32Array(3 * side * side);
  const inside = (at: number): boolean => at >= before && at < before + size;
  means.forEach((mean, c) => {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) if (!inside(x) || !inside(y)) frame[(c * side + y) * side + x] = Math.round(mean);
    }
  });
  return quantize(build, build.node('Add', [levels, build.constant(frame, [1, 3, side, side])]), 1, 0);
}

/**
 * Weights per output channel from which on a convolution is faster as a product of matrices, if the CPU multiplies
 * those: 1.2 to 2.2 times as fast; 0.4 to 1.0 times with 64 to 256 weights, and with 576 if the kernel is 3×3.
 */
const UNFOLD_FROM = 1024;

/**
 * Adds a layer's weighted sum of 8-bit values, as float32 before its activation.
 *
 * ONNX Runtime has its own convolution for weights whose zero is 0 (onnxruntime/core/mlas/lib/convsym.cpp), which does
 * not use AMX. With any other zero it unfolds the input and multiplies matrices, in AMX if the CPU has it
 * (qgemm_kernel_amx.cpp). The same weights, counted from -1, take that path.
 */
function weighted(
  build: Builder,
  operation: Operation,
  x: Quantized,
  { unfold, first }: { readonly unfold: boolean; readonly first: BackboneGraphOptions | undefined },
): string {
  const { layer, kind } = operation;
  const { kernel, shape, bias: folded } = foldedWeights(operation);
  const depthwise = kind === 'DepthwiseConv2D';
  const outputs = shape.at(-1)! * (depthwise ? shape.at(-2)! : 1);
  const bias = folded ? Float64Array.from(folded) : new Float64Array(outputs);
  const { mean, std } = normalizationOf(first?.input.preprocess ?? 'none');
  const channel = (i: number): number => Math.floor(i / outputs) % 3;
  const ofLevels = std.some((value) => value !== 1) ? kernel.map((value, i) => value / std[channel(i)]) : kernel;
  // output channels come last in Keras; a channel's weights lie `outputs` apart
  const { values, scales } = quantizeWeights(ofLevels, outputs, (o) => Math.abs(bias[o]) / (x.scale * MOST_SUM));
  if (first) {
    // w · (x − mean) = w · x − w · mean, with the weights as they are after rounding
    values.forEach((value, i) => (bias[i % outputs] -= value * scales[i % outputs] * mean[channel(i)]));
  }
  const sums = Int32Array.from(bias, (b, o) => Math.round(b / (x.scale * scales[o])));
  const stored = { kernel: `${layer.name}/kernel`, bias: `${layer.name}/bias` };
  const biasScales = build.constant(
    Float32Array.from(scales, (s) => s * x.scale),
    [outputs],
  );
  const biases = build.node(
    'DequantizeLinear',
    [build.weights(stored.bias, sums, [outputs]), biasScales, build.constant(new Int32Array(outputs), [outputs])],
    { axis: 0 },
  );
  const zero = unfold && kind === 'Conv2D' && values.length >= UNFOLD_FROM * outputs ? -1 : 0;
  const zeros = build.constant(new Int8Array(outputs).fill(zero), [outputs]);
  const steps = build.constant(scales, [outputs]);
  if (kind === 'Dense') {
    const placed = build.weights(stored.kernel, values, [...shape]);
    const weights = build.node('DequantizeLinear', [placed, steps, zeros], { axis: 1 });
    return build.node('Gemm', [dequantize(build, x), weights, biases]);
  }
  const { dims, ...attributes } = convolutionAttributes(operation, shape);
  const [, channels, h, w] = dims;
  const fromZero = zero ? values.map((value) => value + zero) : values; // -127..127, so that there is room below
  const placed = build.weights(stored.kernel, hwioToOihw(fromZero, h, w, channels, outputs), dims);
  const weights = build.node('DequantizeLinear', [placed, steps, zeros], { axis: 0 });
  const { auto_pad } = first ? { auto_pad: 'VALID' } : attributes;
  return build.node('Conv', [dequantize(build, x), weights, biases], { ...attributes, auto_pad });
}

/** The most that a bias may be in steps: a quarter of what int32 holds, so that the sum fits beside it. */
const MOST_SUM = 2 ** 29;

/**
 * Quantizes weights symmetrically, with one scale per output channel (the last axis): the largest becomes ±127.
 * @param least the least that a channel's scale may be, for channels whose weights batch normalization left near zero
 */
export function quantizeWeights(
  weights: Float32Array,
  outputs: number,
  least: (output: number) => number = () => 0,
): { values: Int8Array; scales: Float32Array } {
  const scales = new Float32Array(outputs);
  for (let row = 0; row < weights.length; row += outputs)
    for (let o = 0; o < outputs; o++) scales[o] = Math.max(scales[o], Math.abs(weights[row + o]));
  scales.forEach((largest, o) => (scales[o] = Math.max(largest / 127, 1e-12 / 127, least(o))));
  const values = new Int8Array(weights.length);
  for (let row = 0; row < weights.length; row += outputs)
    for (let o = 0; o < outputs; o++) values[row + o] = Math.round(weights[row + o] / scales[o]);
  return { values, scales };
}

const zeroPoint = (build: Builder, zero: number): string => build.constant(Uint8Array.of(zero), []);

const quantize = (build: Builder, x: string, scale: number, zero: 0 | 128): Quantized => ({
  name: build.node('QuantizeLinear', [x, build.constant(Float32Array.of(scale), []), zeroPoint(build, zero)]),
  scale,
  zero,
});

const dequantize = (build: Builder, { name, scale, zero }: Quantized): string =>
  build.node('DequantizeLinear', [name, build.constant(Float32Array.of(scale), []), zeroPoint(build, zero)]);
