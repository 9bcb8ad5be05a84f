import type * as tf from '@tensorflow/tfjs';
import { ownOf } from '../../host/own.ts';
import { wiringOf } from '../../models/wiring.ts';
import { scaleOf } from '../../onnx/fuse.ts';

/**
 * Computes a head's probabilities.
 * @param rows [b, …] float32
 * @param shape b, and the shape of one row
 * @returns [b, K] probabilities, and their natural logarithms
 */
export type Scorer = (
  rows: Float32Array,
  shape: readonly number[],
) => Promise<{ readonly values: ArrayLike<number>; readonly logValues: ArrayLike<number> }>;

/**
 * Computes them without TensorFlow.js: layers one behind the other, the last one a Dense with softmax. Values between
 * layers are float32, sums and the softmax float64.
 * @returns undefined for a head with another layer, or wired in another way
 */
export function plainScorer(head: tf.LayersModel): Scorer | undefined {
  const steps: Step[] = [];
  const wires = wiringOf(head);
  let input = head.inputs[0].shape.slice(1) as number[];
  for (const [i, { layer, inputs, output }] of wires.entries()) {
    const follows = inputs.length === 1 && inputs[0] === i - 1;
    const step = follows && ownOf(STEPS, layer.getClassName())?.(layer, input, i === wires.length - 1);
    if (!step) return undefined;
    steps.push(step);
    input = output.shape.slice(1) as number[];
  }
  return (rows, [n]) =>
    Promise.resolve(
      softmax(
        steps.reduce((x, step) => step(x, n), rows),
        input[0],
      ),
    );
}

/** Maps n rows to n rows. */
type Step = (rows: Float32Array, n: number) => Float32Array;

/** Makes the step of a kind of layer; undefined if it is used in a way that is not computed here. */
const STEPS: Readonly<
  Record<string, (layer: tf.layers.Layer, input: readonly number[], last: boolean) => Step | undefined>
> = {
  Flatten: () => (rows) => rows, // they lie in Keras' order
  Dropout: () => (rows) => rows, // nothing is dropped outside training
  Dense: dense,
  BatchNormalization: (layer, input) => normalization(layer, input),
  GlobalAveragePooling2D: (_, input) => averages(input),
  Activation: (layer) => pointwise(layer.getConfig().activation),
  ReLU(layer) {
    const most = (layer.getConfig().maxValue as number | null | undefined) ?? Infinity;
    return (rows) => rows.map((x) => (x < 0 ? 0 : Math.min(x, most)));
  },
};

const ACTIVATIONS: Readonly<Record<string, (x: number) => number>> = {
  linear: (x) => x,
  relu: (x) => (x < 0 ? 0 : x),
  relu6: (x) => (x < 0 ? 0 : Math.min(x, 6)),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};

function pointwise(activation: unknown): Step | undefined {
  const each = ownOf(ACTIVATIONS, String(activation));
  return each && ((rows) => (activation === 'linear' ? rows : rows.map(each)));
}

/** Computes x · kernel + bias; the last layer's softmax is left to the end, where it does not lose large scores. */
function dense(layer: tf.layers.Layer, input: readonly number[], last: boolean): Step | undefined {
  const { activation } = layer.getConfig();
  const activate = pointwise(last && activation === 'softmax' ? 'linear' : activation);
  const [kernel, bias] = layer.getWeights().map((weight) => weight.dataSync() as Float32Array);
  const units = layer.getConfig().units as number;
  if (!activate || input.length !== 1) return undefined;
  return (rows, n) => {
    const width = input[0];
    const out = new Float32Array(n * units);
    for (let row = 0; row < n; row++) {
      const sums = new Float64Array(units);
      if (bias) sums.set(bias);
      for (let i = 0, at = 0; i < width; i++) {
        const x = rows[row * width + i];
        for (let unit = 0; unit < units; unit++) sums[unit] += x * kernel[at++];
      }
      out.set(sums, row * units);
    }
    return activate(out, n);
  };
}

/** Normalizes the last axis by its moving averages. */
function normalization(layer: tf.layers.Layer, input: readonly number[]): Step | undefined {
  const axis = layer.getConfig().axis as number;
  if (axis !== -1 && axis !== input.length) return undefined;
  const { factor, offset } = scaleOf(layer);
  const channels = factor.length;
  return (rows) => rows.map((x, i) => x * factor[i % channels] + offset[i % channels]);
}

/** Averages [H, W, C] over positions. */
function averages([h, w, channels]: readonly number[]): Step {
  return (rows, n) => {
    const out = new Float32Array(n * channels);
    for (let row = 0; row < n; row++) {
      const sums = new Float64Array(channels);
      const from = row * h * w * channels;
      for (let i = 0; i < h * w * channels; i++) sums[i % channels] += rows[from + i];
      sums.forEach((sum, channel) => (out[row * channels + channel] = sum / (h * w)));
    }
    return out;
  };
}

/** Gives the softmax of scores [n, K], and its natural logarithms. */
export function softmax(scores: Float32Array, classes: number): { values: Float32Array; logValues: Float64Array } {
  const logValues = new Float64Array(scores.length);
  for (let at = 0; at < scores.length; at += classes) {
    const row = scores.subarray(at, at + classes);
    const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = Math.log(row.reduce((total, score) => total + Math.exp(score - most), 0)) + most;
    row.forEach((score, k) => (logValues[at + k] = score - sum));
  }
  return { values: Float32Array.from(logValues, Math.exp), logValues };
}
