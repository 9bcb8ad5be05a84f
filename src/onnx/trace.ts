import { ownOf } from '../host/own.ts';
import type { Layout } from '../models/file-backbone.ts';
import { int64sOf, type ModelNode, type OnnxModel } from './model-file.ts';

/** Operators that leave the axes where they are. */
const IN_PLACE = new Set(
  (
    'Abs Add Cast Ceil Clip Concat DequantizeLinear Div Dropout Elu Erf Exp Gelu HardSigmoid HardSwish Identity ' +
    'LeakyRelu Max Min Mish Mul Neg PRelu Pad Pow QuantizeLinear Relu Selu Sigmoid Softplus Sqrt Sub Tanh ThresholdedRelu'
  ).split(' '),
);
/** Operators of ONNX whose pictures are [n, C, H, W], by definition. */
const CHANNELS_FIRST = new Set(
  (
    'AveragePool BatchNormalization Conv ConvInteger ConvTranspose DepthToSpace GlobalAveragePool GlobalMaxPool ' +
    'GroupNormalization InstanceNormalization LpPool LRN MaxPool QLinearConv SpaceToDepth Upsample'
  ).split(' '),
);
const MOVES: Readonly<Record<string, Layout>> = { '0,2,3,1': 'NHWC', '0,3,1,2': 'NCHW' };
/** The other layout: what a transposition is from. */
const other = (layout: Layout): Layout => (layout === 'NCHW' ? 'NHWC' : 'NCHW');

const movedTo = ({ op, attributes }: ModelNode): Layout | undefined =>
  op === 'Transpose' ? ownOf(MOVES, attributes.get('perm')?.integers.join() ?? '') : undefined;

/**
 * The layout of a picture that goes into a graph, as the operators that take it define it.
 * @returns undefined where they do not say it
 */
export function layoutTaken(model: OnnxModel, input: string): Layout | undefined {
  const takers = takersOf(model);
  return along([input], (name) => {
    const next: string[] = [];
    for (const node of takers.get(name) ?? []) {
      if (CHANNELS_FIRST.has(node.op) && node.inputs[0] === name) return 'NCHW';
      const to = movedTo(node);
      if (to) return other(to);
      if (IN_PLACE.has(node.op)) next.push(...node.outputs);
    }
    return next;
  });
}

/**
 * The layout of a feature map that a graph computes, as the operators that make it define it.
 * @returns undefined where they do not say it
 */
export function layoutMade(model: OnnxModel, tensor: string): Layout | undefined {
  const makers = makersOf(model);
  return along([tensor], (name) => {
    const node = makers.get(name);
    if (!node) return [];
    if (CHANNELS_FIRST.has(node.op)) return 'NCHW';
    return movedTo(node) ?? (IN_PLACE.has(node.op) ? [...node.inputs] : []);
  });
}

/** Follows names until one says something. */
function along<T extends string>(from: string[], say: (name: string) => T | string[]): T | undefined {
  const seen = new Set(from);
  const names = [...from];
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const said = say(name);
    if (!Array.isArray(said)) return said;
    for (const next of said) {
      if (!next || seen.has(next)) continue;
      seen.add(next);
      names.push(next);
    }
  }
  return undefined;
}

/**
 * The side of the square patches that a vision transformer cuts its input into, in pixels.
 * @returns undefined where there is no such convolution
 */
export function patchSide({ nodes }: OnnxModel): number | undefined {
  const conv = nodes.find(({ op }) => op === 'Conv');
  const side = conv?.attributes.get('kernel_shape')?.integers[0];
  return side && side === conv.attributes.get('strides')?.integers[0] ? side : undefined;
}

/** The node that computes each tensor. */
export const makersOf = ({ nodes }: OnnxModel): ReadonlyMap<string, ModelNode> =>
  new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));

/** The nodes that take each tensor. */
export function takersOf({ nodes }: OnnxModel): ReadonlyMap<string, readonly ModelNode[]> {
  const takers = new Map<string, ModelNode[]>();
  for (const node of nodes) {
    for (const name of new Set(node.inputs)) {
      const some = takers.get(name);
      if (some) some.push(node);
      else takers.set(name, [node]);
    }
  }
  return takers;
}

/** Whether a node averages a feature map [n, C, H, W] over its places. */
export function averagesPlaces(model: OnnxModel, { op, attributes, inputs }: ModelNode): boolean {
  if (op === 'GlobalAveragePool') return true;
  if (op !== 'ReduceMean') return false;
  const given = model.tensors.get(inputs[1] ?? '');
  const axes = attributes.get('axes')?.integers ?? (given ? int64sOf(given) : []);
  return axes.length === 2 && ['2,3', '-2,-1', '-1,-2', '3,2'].includes(axes.join());
}
