import type * as tf from '@tensorflow/tfjs';
import { flatWiringOf, type Wired } from '../models/wiring.ts';

/** A layer together with what is computed in one go with it: the batch normalization and the ReLU behind it. */
export interface Operation {
  readonly layer: tf.layers.Layer;
  /** The layer's class in Keras' words: `Conv2D`. */
  readonly kind: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Positions among the operations that its inputs come from; −1 is the model's input. */
  readonly inputs: readonly number[];
  /** The input's and output's shapes, without the batch. */
  readonly inputShape: readonly number[];
  readonly shape: readonly number[];
  /** The name of its last layer, which names its output. */
  name: string;
  /** The batch normalization that is folded into its weights. */
  normalization?: tf.layers.Layer;
  /** The activation: `linear`, `relu`, `softmax`, … */
  activation: string;
  /** The upper limit of a ReLU: 6 for ReLU6. */
  ceiling?: number;
}

/** A weighted sum's kernel, in Keras' layout, and bias, which batch normalization is folded into. */
export interface FoldedWeights {
  readonly kernel: Float32Array;
  readonly shape: readonly number[];
  /** One for each output channel; undefined if neither the layer nor a normalization brings one. */
  readonly bias: Float32Array | undefined;
}

const WEIGHTED = new Set(['Conv2D', 'DepthwiseConv2D', 'Dense']);
const ACTIVATED = new Set([...WEIGHTED, 'Add', 'BatchNormalization']);
/** Layers that do nothing outside training. */
const PASSED = new Set(['Dropout', 'InputLayer']);

/**
 * Gives a model's layers, and those of models within it, as operations, in an order in which they can run. Batch
 * normalization is joined to the convolution before it, and an activation to the layer before it, if nothing else takes
 * the value between them.
 */
export function fuse(model: tf.LayersModel): Operation[] {
  const wires = flatWiringOf(model);
  const operations: Operation[] = [];
  const uses = countUses(wires);
  const positions: number[] = [];
  const positionOf = (k: number): number => (k < 0 ? -1 : positions[k]);
  wires.forEach(({ layer, inputs, output }) => {
    const kind = layer.getClassName();
    const config = layer.getConfig() as Record<string, unknown>;
    const before = inputs.length === 1 && uses[inputs[0] + 1] === 1 ? operations[positionOf(inputs[0])] : undefined;
    const own = activationOf(kind, config);
    const linear = before?.activation === 'linear';
    if (PASSED.has(kind) && inputs.length === 1) {
      positions.push(positionOf(inputs[0]));
    } else if (kind === 'BatchNormalization' && linear && WEIGHTED.has(before.kind) && !before.normalization) {
      Object.assign(before, { normalization: layer, name: layer.name });
      positions.push(positionOf(inputs[0]));
    } else if (own && !layer.weights.length && kind !== 'Add' && linear && ACTIVATED.has(before.kind)) {
      Object.assign(before, { ...own, name: layer.name });
      positions.push(positionOf(inputs[0]));
    } else {
      const source = inputs[0] < 0 ? model.inputs[0] : wires[inputs[0]].output;
      operations.push({
        layer,
        kind,
        config,
        inputs: inputs.map(positionOf),
        inputShape: (source.shape as number[]).slice(1),
        shape: (output.shape as number[]).slice(1),
        name: layer.name,
        ...(own ?? { activation: 'linear' }),
      });
      positions.push(operations.length - 1);
    }
  });
  return operations;
}

/**
 * Counts, by position + 1, how many layers take a layer's output; layers that only pass it on count for those behind.
 */
function countUses(wires: readonly Wired[]): number[] {
  const uses = new Array<number>(wires.length + 1).fill(0);
  wires.forEach(({ inputs }) => inputs.forEach((k) => uses[k + 1]++));
  for (let i = wires.length - 1; i >= 0; i--) {
    const { layer, inputs } = wires[i];
    if (PASSED.has(layer.getClassName()) && uses[i + 1] > 1) uses[inputs[0] + 1] += uses[i + 1] - 1;
  }
  return uses;
}

function activationOf(
  kind: string,
  config: Readonly<Record<string, unknown>>,
): Pick<Operation, 'activation' | 'ceiling'> | undefined {
  if (kind === 'ReLU') return { activation: 'relu', ceiling: (config.maxValue as number | null) ?? undefined };
  const name = config.activation as string | undefined;
  if (name === undefined) return undefined;
  return name === 'relu6' ? { activation: 'relu', ceiling: 6 } : { activation: name };
}

/**
 * Gives the weights of a convolution or Dense: kernel · γ / √(variance + ε), and (bias − mean) · γ / √(variance + ε) +
 * β (S. Ioffe and C. Szegedy, "Batch Normalization", 2015, equation 11 and Algorithm 2).
 */
export function foldedWeights({ layer, kind, normalization }: Operation): FoldedWeights {
  const [kernel, biasTensor] = layer.getWeights();
  const { shape } = kernel;
  const values = kernel.dataSync() as Float32Array;
  const bias = biasTensor?.dataSync() as Float32Array | undefined;
  if (!normalization) return { kernel: values, shape, bias };
  const { factor, offset } = scaleOf(normalization);
  const outputs = factor.length;
  if (outputs !== shape.at(-1)! * (kind === 'DepthwiseConv2D' ? shape.at(-2)! : 1))
    throw new Error(`onnx: layer "${normalization.name}" normalizes another axis than the last.`);
  return {
    kernel: values.map((value, i) => value * factor[i % outputs]),
    shape,
    bias: Float32Array.from(offset, (value, o) => value + (bias?.[o] ?? 0) * factor[o]),
  };
}

/** Writes batch normalization as x · factor + offset, channel by channel. */
export function scaleOf(layer: tf.layers.Layer): { readonly factor: Float64Array; readonly offset: Float64Array } {
  const { scale, center, epsilon } = layer.getConfig() as { scale: boolean; center: boolean; epsilon: number };
  const weights = layer.getWeights().map((weight) => weight.dataSync());
  const gamma = scale ? weights.shift() : undefined;
  const beta = center ? weights.shift() : undefined;
  const [mean, variance] = weights;
  const factor = Float64Array.from(variance, (value, c) => (gamma?.[c] ?? 1) / Math.sqrt(value + epsilon));
  return { factor, offset: Float64Array.from(factor, (value, c) => (beta?.[c] ?? 0) - mean[c] * value) };
}

/** Whether an operation's output has negative values. */
export const isSigned = ({ activation }: Operation): boolean => activation === 'linear';

/** Whether an operation's results are sums, which need a range in 8 bits. */
export const isSum = ({ kind }: Operation): boolean => WEIGHTED.has(kind) || kind === 'Add';
