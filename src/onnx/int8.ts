import type * as tf from '@tensorflow/tfjs';
import type { Ranges } from '../models/backbone.ts';
import { normalizationOf } from '../pixels/preprocess.ts';
import { type Builder, graphBuilder } from './builder.ts';
import {
  type BackboneGraphOptions,
  encodeBackbone,
  hwioToOihw,
  levelNodes,
  padding,
  poolAttributes,
  requireChannelsLast,
  walk,
} from './graph.ts';

/** An uint8 tensor in the graph: its name, and the value of one step (zero is zero). */
interface Quantized {
  readonly name: string;
  readonly scale: number;
}

/** A float32 tensor in the graph. */
interface Float {
  readonly name: string;
}

/**
 * Turns a backbone into an ONNX graph that computes in 8 bits: uint8 activations with one scale a layer, int8 weights
 * with one scale an output channel, int32 sums and biases (QDQ form, which ONNX Runtime turns into integer kernels).
 *  Activations come after a ReLU, so they start at 0 and need no zero point. The first layer takes the picture's own
 * levels 0..255, which are whole already: subtracting the means moves into its bias, and a border of the (rounded)
 * means takes the place of padding with zeros, so that 8-bit input costs nothing.
 * @param model a chain of layers
 * @param ranges from calibration, for every layer with weights but the last
 * @returns the model; its weights go to `writeWeights` as in {@link backboneToOnnx}
 * @throws Error naming a layer that has no 8-bit form
 */
export function backboneToInt8Onnx(
  model: tf.LayersModel,
  ranges: Ranges,
  options: BackboneGraphOptions,
  writeWeights: (bytes: Uint8Array) => void,
): Uint8Array {
  const build = graphBuilder(writeWeights);
  const first = model.layers[1];
  const lastWithWeights = model.layers.findLast((layer) => layer.weights.length > 0);
  const output = walk<Quantized | Float>(model, input(build, first, options), (layer, [x, ...others]) => {
    const kind = layer.getClassName();
    const config = layer.getConfig() as Record<string, unknown>;
    if (kind === 'Dropout' && !others.length) return x;
    if (others.length || !('scale' in x)) throw unsupported(layer, FORMS);
    if (kind === 'Conv2D' || kind === 'Dense') {
      const relu = config.activation === 'relu';
      const sum = weighted(build, layer, config, x, layer === first ? options : undefined);
      // the last layer of weights may stay in float32 when no picture is left to carry
      if (kind === 'Dense' && layer === lastWithWeights) {
        if (relu) return { name: build.node('Relu', [sum]) };
        return { name: config.activation === 'softmax' ? build.node('Softmax', [sum], { axis: 1 }) : sum };
      }
      if (!relu || !(ranges[layer.name] > 0)) throw unsupported(layer, 'a ReLU and a calibrated range');
      return quantize(build, sum, ranges[layer.name] / 255);
    }
    if (kind === 'MaxPooling2D')
      return { name: build.node('MaxPool', [x.name], poolAttributes(config)), scale: x.scale };
    if (kind !== 'Flatten') throw unsupported(layer, FORMS);
    return {
      name: build.node('Flatten', [build.node('Transpose', [x.name], { perm: [0, 2, 3, 1] })], { axis: 1 }),
      scale: x.scale,
    };
  });
  return encodeBackbone(build, model, options, 'scale' in output ? dequantize(build, output) : output.name);
}

const FORMS = 'Conv2D or Dense with ReLU, MaxPooling2D, Flatten or Dropout, one after the other';

const unsupported = (layer: tf.layers.Layer, expected: string): Error =>
  new Error(
    `int8: layer "${layer.name}" (${layer.getClassName()}) has no 8-bit form: expected ${expected}. Use { precision: "float32" }.`,
  );

/** Images → levels as uint8 [n, 3, S + 2·border, S + 2·border], with the means around them. */
function input(build: Builder, first: tf.layers.Layer, options: BackboneGraphOptions): Quantized {
  const config = first.getConfig() as Record<string, unknown>;
  const [h, w] = (config.kernelSize as number[] | undefined) ?? [];
  const simple =
    first.getClassName() === 'Conv2D' &&
    h === w &&
    h % 2 === 1 &&
    String(config.strides) === '1,1' &&
    String(config.dilationRate) === '1,1';
  if (!simple || config.padding !== 'same')
    throw unsupported(first, 'a Conv2D with an odd square kernel, stride 1 and "same" padding first');
  const border = (h - 1) / 2;
  const { mean: means, std } = normalizationOf(options.input.preprocess);
  if (std.some((value) => value !== 1)) throw unsupported(first, 'levels that are shifted only, not scaled,');
  const levels = levelNodes(build, options, { border });
  if (!means.some(Boolean)) return quantize(build, levels, 1);
  const side = options.input.size + 2 * border;
  const frame = new Float32Array(3 * side * side);
  means.forEach((mean, c) => {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        if (Math.min(x, y) < border || Math.max(x, y) >= side - border)
          frame[(c * side + y) * side + x] = Math.round(mean);
      }
    }
  });
  return quantize(build, build.node('Add', [levels, build.constant(frame, [1, 3, side, side])]), 1);
}

/** A layer's weighted sum of 8-bit values, as float32 before its activation. */
function weighted(
  build: Builder,
  layer: tf.layers.Layer,
  config: Record<string, unknown>,
  x: Quantized,
  first: BackboneGraphOptions | undefined,
): string {
  const [kernel, biasTensor] = layer.getWeights();
  const conv = layer.getClassName() === 'Conv2D';
  if (conv) requireChannelsLast(layer, config);
  const outputs = kernel.shape.at(-1)!;
  // output channels last in Keras; a channel's weights lie apart by `outputs`
  const { values, scales } = quantizeWeights(kernel.dataSync() as Float32Array, outputs);
  const bias = biasTensor ? Float64Array.from(biasTensor.dataSync()) : new Float64Array(outputs);
  if (first) {
    // w · (x − mean) = w · x − w · mean, with the weights as they are after rounding
    const { mean } = normalizationOf(first.input.preprocess);
    values.forEach(
      (value, i) => (bias[i % outputs] -= value * scales[i % outputs] * mean[Math.floor(i / outputs) % 3]),
    );
  }
  const sums = Int32Array.from(bias, (b, o) => Math.round(b / (x.scale * scales[o])));
  const names = { kernel: `${layer.name}/kernel`, bias: `${layer.name}/bias` };
  const biasScales = build.constant(
    Float32Array.from(scales, (s) => s * x.scale),
    [outputs],
  );
  const biases = build.node(
    'DequantizeLinear',
    [build.weights(names.bias, sums, [outputs]), biasScales, build.constant(new Int32Array(outputs), [outputs])],
    {
      axis: 0,
    },
  );
  const zeros = build.constant(new Int8Array(outputs), [outputs]);
  const steps = build.constant(scales, [outputs]);
  if (!conv) {
    const weights = build.node('DequantizeLinear', [build.weights(names.kernel, values, kernel.shape), steps, zeros], {
      axis: 1,
    });
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
  name: build.node('QuantizeLinear', [
    x,
    build.constant(Float32Array.of(scale), []),
    build.constant(new Uint8Array(1), []),
  ]),
  scale,
});

const dequantize = (build: Builder, { name, scale }: Quantized): string =>
  build.node('DequantizeLinear', [
    name,
    build.constant(Float32Array.of(scale), []),
    build.constant(new Uint8Array(1), []),
  ]);
