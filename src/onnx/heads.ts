import { ownOf } from '../host/own.ts';
import type { ModelNode, OnnxModel } from './file/model-file.ts';
import { averagesPositions, isWeightOf, makersOf, weightShapeOf } from './trace.ts';

/** A fully connected layer at a network's end, or a 1×1 convolution in its place. */
export interface Head {
  readonly node: ModelNode;
  /** Its input, the features. */
  readonly before: string;
}

/** Weighted sums, and which of their inputs hold the data and the weights; in a product it may be either. */
const SUMS: Readonly<Record<string, readonly [data: number, weights: number]>> = {
  Gemm: [0, 1],
  FusedGemm: [0, 1],
  MatMul: [0, 1],
  FusedMatMul: [0, 1],
  MatMulInteger: [0, 1],
  MatMulNBits: [0, 1],
  Conv: [0, 1],
  ConvInteger: [0, 1],
  QLinearMatMul: [0, 3],
  QGemm: [0, 3],
  QLinearConv: [0, 3],
};
/** Operators between a classifier's sums and its scores that only pass them on. */
const PASSES = new Set(
  (
    'BatchNormalization Cast Clip DequantizeLinear Dropout Flatten Identity LogSoftmax QuantizeLinear Reshape Sigmoid ' +
    'Softmax Squeeze Unsqueeze'
  ).split(' '),
);
const ARITHMETIC = new Set(['Add', 'Div', 'Mean', 'Mul', 'Sub', 'Sum']);
/** Names of outputs that are not scores. */
const FEATURES = /embed|feature|hidden|pool|represent|encod|projection/i;
/** Numbers of ImageNet's classes, without a background class and with one. */
const IMAGENET = new Set([1000, 1001]);

/**
 * Finds the classifiers that an output's scores come from: several, if there is a distillation token or an auxiliary
 * one.
 * @returns none if the output is not scores, judging by its name or by how it is computed
 */
export function headsOf(model: OnnxModel, output: string): readonly Head[] {
  if (FEATURES.test(output)) return [];
  return walk(model, output, { pooled: false, activated: false, seen: new Map() }) ?? [];
}

/** Finds the layers whose weighted sum an output is, whatever its name: a projection's as well as a classifier's. */
export const projectionsOf = (model: OnnxModel, output: string): readonly Head[] =>
  walk(model, output, { pooled: false, activated: false, seen: new Map() }) ?? [];

interface State {
  /** Whether an average over positions follows: then the classifier is a convolution. */
  readonly pooled: boolean;
  /** Whether an activation lies between that average and here. */
  readonly activated: boolean;
  readonly seen: Map<string, readonly Head[] | undefined>;
}

/** @returns undefined if a tensor comes from anything but a classifier and operators that pass its scores on */
function walk(model: OnnxModel, name: string, state: State): readonly Head[] | undefined {
  const key = `${name} ${state.pooled} ${state.activated}`;
  if (!state.seen.has(key)) {
    state.seen.set(key, undefined); // a cycle leads nowhere
    state.seen.set(key, step(model, name, state));
  }
  return state.seen.get(key);
}

function step(model: OnnxModel, name: string, state: State): readonly Head[] | undefined {
  const node = makersOf(model).get(name);
  if (!node) return undefined;
  const { op, inputs } = node;
  if (Object.hasOwn(SUMS, op)) return headAt(model, node, state);
  if (averagesPositions(model, node)) return walk(model, inputs[0], { ...state, pooled: true });
  if (op === 'Relu' && state.pooled) return walk(model, inputs[0], { ...state, activated: true });
  if (PASSES.has(op) || (op === 'Transpose' && state.pooled)) return walk(model, inputs[0], state);
  if (!ARITHMETIC.has(op)) return undefined;
  const isWeight = isWeightOf(model);
  const data = inputs.filter((input) => !isWeight(input));
  // a dynamically quantized sum is multiplied by a scale that is not a weight: that scale comes from the sum's own
  // input
  const sums = op === 'Mul' ? data.filter((input) => isWholeSum(model, input)) : [];
  const followed = sums.length === 1 ? sums : data;
  if (followed.length > 1 && state.pooled) return undefined; // a block's end
  const all = followed.map((input) => walk(model, input, state));
  return all.length && all.every((heads) => heads !== undefined) ? [...new Set(all.flat())] : undefined;
}

/** Whether a tensor is a sum of whole numbers, converted to a float. */
function isWholeSum(model: OnnxModel, name: string): boolean {
  const node = makersOf(model).get(name);
  const sum = node?.op === 'Cast' ? makersOf(model).get(node.inputs[0]) : node;
  return sum?.op === 'MatMulInteger' || sum?.op === 'ConvInteger';
}

function headAt(model: OnnxModel, node: ModelNode, { pooled, activated }: State): readonly Head[] | undefined {
  const { op, inputs } = node;
  const isWeight = isWeightOf(model);
  const [first, second] = ownOf(SUMS, op)!;
  const [data, weights] = isWeight(inputs[second]) ? [first, second] : [second, first];
  if (!isWeight(inputs[weights]) || isWeight(inputs[data])) return undefined;
  if (/Conv/.test(op)) {
    const [outputs, channels, height, width] = weightShapeOf(model, inputs[weights]) ?? [];
    if (height !== 1 || width !== 1) return undefined;
    // the last convolution of many networks is 1×1 and has an activation too: there its width tells them apart
    if (activated && !IMAGENET.has(outputs) && outputs >= channels) return undefined;
  } else if (pooled) return undefined;
  return [{ node, before: unquantized(model, inputs[data]) }];
}

/** Gives the tensor before it was quantized to 8 bits for a sum. */
function unquantized(model: OnnxModel, name: string): string {
  const makers = makersOf(model);
  const node = makers.get(name);
  if (node?.op === 'DynamicQuantizeLinear' || node?.op === 'QuantizeLinear') return node.inputs[0];
  const quantized = node?.op === 'DequantizeLinear' ? makers.get(node.inputs[0]) : undefined;
  return quantized?.op === 'QuantizeLinear' ? quantized.inputs[0] : name;
}

/** Gives what several classifiers take: each its own tensor, or a common one that each only scales. */
export function sourcesOf(model: OnnxModel, heads: readonly Head[]): readonly string[] {
  const own = new Set(heads.map(({ before }) => before));
  if (own.size < 2) return [...own];
  const common = new Set([...own].map((name) => unscaled(model, name)));
  return common.size === 1 ? [...common] : [...own];
}

function unscaled(model: OnnxModel, name: string): string {
  const isWeight = isWeightOf(model);
  const node = makersOf(model).get(name);
  if (!node) return name;
  const { op, inputs } = node;
  const data = inputs.filter((input) => input && !isWeight(input));
  const scales = op === 'BatchNormalization' || op === 'Identity' || op === 'Dropout' || ARITHMETIC.has(op);
  return scales && data.length === 1 ? unscaled(model, data[0]) : name;
}
