import { ownOf } from '../host/own.ts';
import type { Layout } from '../models/file-backbone.ts';
import { int64sOf, type ModelNode, type OnnxModel } from './file/model-file.ts';

/** Operators that leave the order of axes as it is. */
const IN_PLACE = new Set(
  (
    'Abs Add Cast Ceil Clip Concat DequantizeLinear Div Dropout Elu Erf Exp Gelu HardSigmoid HardSwish Identity ' +
    'DynamicQuantizeLinear LeakyRelu Max Min Mish Mul Neg PRelu Pad Pow QuantizeLinear Relu Selu Sigmoid Softplus Sqrt Sub Tanh ThresholdedRelu'
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
/** Gives the other layout, from which a transposition starts. */
const other = (layout: Layout): Layout => (layout === 'NCHW' ? 'NHWC' : 'NCHW');

const movedTo = ({ op, attributes }: ModelNode): Layout | undefined =>
  op === 'Transpose' ? ownOf(MOVES, attributes.get('perm')?.integers.join() ?? '') : undefined;

/**
 * Finds the layout of a picture that goes into a graph, as defined by the operators that take it.
 * @returns undefined if they do not define it
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
 * Finds the layout of a feature map that a graph computes, as defined by the operators that make it.
 * @returns undefined if they do not define it
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

/** Follows names until one gives an answer. */
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
 * Gives the side of the square patches that a vision transformer cuts its input into, in pixels.
 * @returns undefined if there is no such convolution
 */
export function patchSide(model: OnnxModel): number | undefined {
  const conv = model.nodes.find(({ op }) => Object.hasOwn(KERNELS, op));
  if (!conv) return undefined;
  // the kernel's shape may be given only by the weights
  const [side] =
    conv.attributes.get('kernel_shape')?.integers ??
    weightShapeOf(model, conv.inputs[ownOf(KERNELS, conv.op)!])?.slice(2) ??
    [];
  return side && side === conv.attributes.get('strides')?.integers[0] ? side : undefined;
}

/** Convolutions, and which of their inputs is the kernel. */
const KERNELS: Readonly<Record<string, number>> = { Conv: 1, ConvInteger: 1, QLinearConv: 3 };

/** Operators whose outputs are still weights if their inputs are. */
const KEEPS_WEIGHTS = new Set(
  'Cast DequantizeLinear Flatten Identity QuantizeLinear Reshape Squeeze Transpose Unsqueeze'.split(' '),
);
/** Those of the above that leave the shape as it is. */
const KEEPS_SHAPE = new Set(['Cast', 'DequantizeLinear', 'Identity', 'QuantizeLinear']);

/** Makes a function that tells weights from values computed from a picture. */
export function isWeightOf(model: OnnxModel): (name: string) => boolean {
  const makers = makersOf(model);
  const isWeight = (name: string): boolean => {
    if (model.tensors.has(name) || model.sparse.has(name)) return true;
    const maker = makers.get(name);
    return (
      maker !== undefined && (maker.op === 'Constant' || (KEEPS_WEIGHTS.has(maker.op) && isWeight(maker.inputs[0])))
    );
  };
  return isWeight;
}

/** Gives the shape of weights, also of 8-bit ones. @returns undefined if it cannot be determined */
export function weightShapeOf(model: OnnxModel, name: string): readonly number[] | undefined {
  const maker = makersOf(model).get(name);
  return (
    model.tensors.get(name)?.shape ??
    (maker && KEEPS_SHAPE.has(maker.op) ? weightShapeOf(model, maker.inputs[0]) : undefined)
  );
}

/** Gives the node that computes each tensor. */
export function makersOf({ nodes }: Pick<OnnxModel, 'nodes'>): ReadonlyMap<string, ModelNode> {
  const known = MAKERS.get(nodes);
  if (known) return known;
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  MAKERS.set(nodes, makers);
  return makers;
}

/** The makers, collected once per graph, which does not change. */
const MAKERS = new WeakMap<OnnxModel['nodes'], ReadonlyMap<string, ModelNode>>();

/** Gives the nodes that take each tensor. */
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

/** Whether a node averages a feature map over its positions, in either layout. */
export function averagesPositions(model: OnnxModel, { op, attributes, inputs }: ModelNode): boolean {
  if (op === 'GlobalAveragePool' || op === 'QLinearGlobalAveragePool') return true;
  if (op !== 'ReduceMean') return false;
  const given = model.tensors.get(inputs[1] ?? '');
  const axes = attributes.get('axes')?.integers ?? (given ? int64sOf(given) : []);
  const positions = [...axes].sort((a, b) => a - b).join();
  // channels last: axes 1 and 2 of four; in a map whose channels come first that would not be an average over positions
  return (
    ['2,3', '-2,-1'].includes(positions) ||
    (['1,2', '-3,-2'].includes(positions) && layoutMade(model, inputs[0]) !== 'NCHW')
  );
}
