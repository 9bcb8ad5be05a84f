import type { ModelNode, OnnxModel } from './model-file.ts';
import { averagesPlaces, makersOf, takersOf } from './trace.ts';

/** A tensor at which a network may be cut, and what it is. */
export interface Candidate {
  readonly cut: string;
  readonly what: string;
}

/** Operators behind which a block of layers ends in networks without shortcuts. */
const POOLS = new Set(['MaxPool', 'AveragePool']);
/** Operators that only reshape what a classifier takes. */
const RESHAPES = new Set(['Flatten', 'Reshape', 'Squeeze', 'Identity', 'Dropout', 'Cast']);

/**
 * The tensors of a graph that make sense as features, the last first: what goes into the last fully connected layer,
 * global pools and the maps before them, the outputs that are no scores, and the ends of blocks.
 */
export function cutCandidates(model: OnnxModel): Candidate[] {
  const { nodes, tensors, outputs } = model;
  const makers = makersOf(model);
  const takers = takersOf(model);
  const found = new Map<string, string>();
  const add = (name: string | undefined, what: string): void => {
    if (name && makers.has(name) && !found.has(name)) found.set(name, what);
  };
  const weighted = ({ op, inputs }: ModelNode): boolean =>
    op === 'Gemm' || (op === 'MatMul' && inputs.some((input) => isWeight(input)));
  const isWeight = (name: string): boolean => {
    const maker = makers.get(name);
    return (
      tensors.has(name) || (maker !== undefined && RESHAPES_OR_DEQUANTIZES.has(maker.op) && isWeight(maker.inputs[0]))
    );
  };
  const last = nodes.findLast(weighted);
  const scores = last ? scoresOf(last, takers, isWeight) : new Set<string>();
  const classifies = outputs.some(({ name }) => scores.has(name));
  for (const { name } of outputs) if (!scores.has(name)) add(name, 'an output');
  if (classifies)
    add(
      last?.inputs.find((name) => !isWeight(name)),
      'before the last fully connected layer',
    );
  for (const node of [...nodes].reverse()) {
    if (averagesPlaces(model, node)) {
      add(node.outputs[0], 'a global average');
      add(node.inputs[0], 'the feature map before a global average');
    }
    if (node.op === 'GlobalMaxPool') add(node.inputs[0], 'the feature map before a global maximum');
  }
  for (const node of [...nodes].reverse()) {
    const joins = node.op === 'Add' && node.inputs.every((name) => !isWeight(name));
    if (joins) add(node.outputs[0], 'a shortcut’s end');
    if (POOLS.has(node.op)) add(node.outputs[0], 'a pool');
  }
  for (const { name } of outputs) if (scores.has(name)) add(name, 'scores of the network’s own classes');
  return Array.from(found, ([cut, what]) => ({ cut, what }));
}

const RESHAPES_OR_DEQUANTIZES = new Set([...RESHAPES, 'DequantizeLinear', 'Transpose']);

/** Operators that make probabilities of a classifier's sums; a bias is added too. */
const SCORING = new Set([...RESHAPES, 'Clip', 'LogSoftmax', 'Sigmoid', 'Softmax']);

/** What is nothing more than a fully connected layer's sums. */
function scoresOf(
  node: ModelNode,
  takers: ReadonlyMap<string, readonly ModelNode[]>,
  isWeight: (name: string) => boolean,
): Set<string> {
  const names = new Set(node.outputs);
  for (const name of names)
    for (const taker of takers.get(name) ?? [])
      if (SCORING.has(taker.op) || (taker.op === 'Add' && taker.inputs.some(isWeight)))
        for (const next of taker.outputs) names.add(next);
  return names;
}

/**
 * The feature map that a cut averages over its places, where it does just that and reshapes.
 * @returns undefined where it is something else
 */
export function mapBehind(model: OnnxModel, cut: string): string | undefined {
  const makers = makersOf(model);
  for (let name: string | undefined = cut; name !== undefined;) {
    const node = makers.get(name);
    if (!node) return undefined;
    if (averagesPlaces(model, node)) return node.inputs[0];
    name = RESHAPES.has(node.op) ? node.inputs[0] : undefined;
  }
  return undefined;
}
