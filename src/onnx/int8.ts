import type * as tf from '@tensorflow/tfjs';
import { IMAGENET_MEANS_BGR } from '../pixels/preprocess.ts';
import { type BackboneGraphOptions, encodeBackbone, hwioToOihw, levelNodes, padding, requireChannelsLast } from './graph.ts';
import { type Builder, graphBuilder } from './builder.ts';

/** The largest value of each layer's output over the calibration images, by layer name. */
export type Ranges = Readonly<Record<string, number>>;

/** A tensor in the graph: its name, and for uint8 the value of one step (zero is zero). */
interface Quantized {
  readonly name: string;
  readonly scale: number;
}

/**
 * Turns a backbone into an ONNX graph that computes in 8 bits: uint8 activations with one scale a layer, int8 weights
 * with one scale an output channel, int32 sums and biases (QDQ form, which ONNX Runtime turns into integer kernels).
 *
 * Activations come after a ReLU, so they start at 0 and need no zero point. The first layer takes the picture's own
 * levels 0..255, which are whole already: subtracting the means moves into its bias, and a border of the (rounded) means
 * takes the place of padding with zeros, so that 8-bit input costs nothing.
 * @param ranges from calibration, for every layer with weights but the last
 * @returns the model; its weights go to `writeWeights` as in {@link backboneToOnnx}
 * @throws Error naming a layer that has no 8-bit form
 */
export function backboneToInt8Onnx(
  backbone: tf.LayersModel,
  ranges: Ranges,
  options: BackboneGraphOptions,
  writeWeights: (bytes: Uint8Array) => void,
): Uint8Array {
  const build = graphBuilder(writeWeights);
  const layers = backbone.layers.slice(1);
  const lastWithWeights = layers.findLastIndex((layer) => layer.weights.length > 0);
  let x = input(build, backbone, layers[0], options);
  let float: string | undefined;
  layers.forEach((layer, i) => {
    const kind = layer.getClassName();
    const config = layer.getConfig() as Record<string, unknown>;
    if (kind === 'Dropout') return;
    if (kind === 'Conv2D' || kind === 'Dense') {
      const relu = config.activation === 'relu';
      const sum = weighted(build, layer, config, x, i === 0 ? options : undefined);
      // the last layer of weights may stay in float32 when no picture is left to carry
      if (kind === 'Dense' && i === lastWithWeights) {
        float = relu ? build.node('Relu', [sum]) : config.activation === 'softmax' ? build.node('Softmax', [sum], { axis: 1 }) : sum;
        return;
      }
      if (!relu || !(ranges[layer.name] > 0)) throw unsupported(layer, 'a ReLU and a calibrated range');
      x = quantize(build, sum, ranges[layer.name] / 255);
    } else if (kind === 'MaxPooling2D' && !float) {
      const attributes = { kernel_shape: config.poolSize as number[], strides: config.strides as number[], ...padding(config) };
      x = { name: build.node('MaxPool', [x.name], attributes), scale: x.scale };
    } else if (kind === 'Flatten' && !float) {
      x = { name: build.node('Flatten', [build.node('Transpose', [x.name], { perm: [0, 2, 3, 1] })], { axis: 1 }), scale: x.scale };
    } else {
      throw unsupported(layer, 'Conv2D or Dense with ReLU, MaxPooling2D, Flatten or Dropout');
    }
  });
  return encodeBackbone(build, backbone, options, float ?? dequantize(build, x));
}

const unsupported = (layer: tf.layers.Layer, expected: string): Error =>
  new Error(`int8: layer "${layer.name}" (${layer.getClassName()}) has no 8-bit form: expected ${expected}. Use { precision: "float32" }.`);

/** Images → levels as uint8 [n, 3, S + 2·border, S + 2·border], with the means around them. */
function input(build: Builder, backbone: tf.LayersModel, first: tf.layers.Layer, options: BackboneGraphOptions): Quantized {
  const config = first.getConfig() as Record<string, unknown>;
  const [h, w] = (config.kernelSize as number[] | undefined) ?? [];
  const simple = first.getClassName() === 'Conv2D' && h === w && h % 2 === 1 && String(config.strides) === '1,1' && String(config.dilationRate) === '1,1';
  if (!simple || config.padding !== 'same') throw unsupported(first, 'a Conv2D with an odd square kernel, stride 1 and "same" padding first');
  const border = (h - 1) / 2;
  const levels = levelNodes(build, backbone, options, border);
  if (options.preprocess === 'none') return quantize(build, levels, 1);
  const side = (backbone.inputs[0].shape as number[])[1] + 2 * border;
  const frame = new Float32Array(3 * side * side);
  IMAGENET_MEANS_BGR.forEach((mean, c) => {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        if (Math.min(x, y) < border || Math.max(x, y) >= side - border) frame[(c * side + y) * side + x] = Math.round(mean);
      }
    }
  });
  return quantize(build, build.node('Add', [levels, build.constant(frame, [1, 3, side, side])]), 1);
}

/** A layer's weighted sum of 8-bit values, as float32 before its activation. */
function weighted(build: Builder, layer: tf.layers.Layer, config: Record<string, unknown>, x: Quantized, first: BackboneGraphOptions | undefined): string {
  const [kernel, biasTensor] = layer.getWeights();
  const conv = layer.getClassName() === 'Conv2D';
  if (conv) requireChannelsLast(layer, config);
  const outputs = kernel.shape.at(-1)!;
  // output channels last in Keras; a channel's weights lie apart by `outputs`
  const { values, scales } = quantizeWeights(kernel.dataSync() as Float32Array, outputs);
  const bias = biasTensor ? Float64Array.from(biasTensor.dataSync()) : new Float64Array(outputs);
  if (first?.preprocess === 'caffe') {
    // w · (x − mean) = w · x − w · mean, with the weights as they are after rounding; channels are B, G, R
    values.forEach((value, i) => (bias[i % outputs] -= value * scales[i % outputs] * IMAGENET_MEANS_BGR[Math.floor(i / outputs) % 3]));
  }
  const sums = Int32Array.from(bias, (b, o) => Math.round(b / (x.scale * scales[o])));
  const names = { kernel: `${layer.name}/kernel`, bias: `${layer.name}/bias` };
  const biasScales = build.constant(Float32Array.from(scales, (s) => s * x.scale), [outputs]); // prettier-ignore
  const biases = build.node('DequantizeLinear', [build.weights(names.bias, sums, [outputs]), biasScales, build.constant(new Int32Array(outputs), [outputs])], {
    axis: 0,
  });
  const zeros = build.constant(new Int8Array(outputs), [outputs]);
  const steps = build.constant(scales, [outputs]);
  if (!conv) {
    const weights = build.node('DequantizeLinear', [build.weights(names.kernel, values, kernel.shape), steps, zeros], { axis: 1 });
    return build.node('Gemm', [dequantize(build, x), weights, biases]);
  }
  const [h, w, channels] = kernel.shape;
  const stored = build.weights(names.kernel, hwioToOihw(values, h, w, channels, outputs), [outputs, channels, h, w]);
  const weights = build.node('DequantizeLinear', [stored, steps, zeros], { axis: 0 });
  const pads = first ? { auto_pad: 'VALID' } : padding(config);
  return build.node('Conv', [dequantize(build, x), weights, biases], {
    kernel_shape: [h, w],
    strides: config.strides as number[],
    dilations: config.dilationRate as number[],
    ...pads,
  });
}

/** Symmetric, one scale an output channel (the last axis): the largest weight becomes ±127. */
export function quantizeWeights(weights: Float32Array, outputs: number): { values: Int8Array; scales: Float32Array } {
  const scales = new Float32Array(outputs);
  weights.forEach((value, i) => (scales[i % outputs] = Math.max(scales[i % outputs], Math.abs(value))));
  scales.forEach((largest, o) => (scales[o] = Math.max(largest, 1e-12) / 127));
  const values = new Int8Array(weights.length);
  for (let i = 0; i < weights.length; i++) values[i] = Math.round(weights[i] / scales[i % outputs]);
  return { values, scales };
}

const quantize = (build: Builder, x: string, scale: number): Quantized => ({
  name: build.node('QuantizeLinear', [x, build.constant(Float32Array.of(scale), []), build.constant(new Uint8Array(1), [])]),
  scale,
});

const dequantize = (build: Builder, { name, scale }: Quantized): string =>
  build.node('DequantizeLinear', [name, build.constant(Float32Array.of(scale), []), build.constant(new Uint8Array(1), [])]);
