import { type Head, headsOf, projectionsOf, sourcesOf } from './heads.ts';
import type { OnnxModel } from './file/model-file.ts';
import { averagesPositions, isWeightOf, makersOf, takersOf } from './trace.ts';

/** A tensor at which a network may be cut, and a description of it. */
export interface CutCandidate {
  readonly cut: string;
  readonly what: string;
}

/** Operators at which a block of layers ends in networks without shortcuts. */
const POOLS = new Set(['MaxPool', 'AveragePool']);
/** Names of outputs that are one vector per picture, like `image_embeds` and `pooler_output`. */
const ONE_VECTOR = /embed|pool/i;
/** Operators that only reshape the input of a classifier. */
const RESHAPES = new Set(['Flatten', 'Reshape', 'Squeeze', 'Identity', 'Dropout', 'Cast']);

/**
 * Gives the tensors of a graph that make sense as features, the best first: the inputs of its classifiers, found by
 * walking back from each output; the outputs that are not scores, and the inputs of projections; global pools and the
 * maps before them; and the ends of blocks, the last first.
 */
export function cutCandidates(model: OnnxModel): CutCandidate[] {
  const { nodes, outputs } = model;
  const makers = makersOf(model);
  const isWeight = isWeightOf(model);
  const found = new Map<string, string>();
  const add = (name: string, what: string): void => {
    if (makers.has(name) && !found.has(name)) found.set(name, what);
  };
  const heads = new Map(outputs.map(({ name }) => [name, headsOf(model, name)]));
  const scores = outputs.filter(({ name }) => heads.get(name)!.length);
  // among a picture's outputs, its makers take the one vector, rather than the tokens or the map that it is made from
  const others = outputs
    .filter(({ name }) => !heads.get(name)!.length)
    .sort((a, b) => Number(ONE_VECTOR.test(b.name)) - Number(ONE_VECTOR.test(a.name)));
  for (const { name } of scores)
    for (const source of sourcesOf(model, heads.get(name)!)) add(source, 'before the classifier');
  for (const { name } of others) add(name, 'an output');
  for (const { name } of others)
    for (const source of sourcesOf(model, projectionsOf(model, name))) add(source, `before the projection to ${name}`);
  for (const node of [...nodes].reverse()) {
    if (averagesPositions(model, node)) {
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
  // scores come last, and whatever lies between a classifier and them is not useful as features
  for (const name of madeOf([...heads.values()].flat(), model)) found.delete(name);
  for (const { name } of scores) add(name, 'scores of the network’s own classes');
  return Array.from(found, ([cut, what]) => ({ cut, what }));
}

/** Gives the names of all that is computed from classifiers' outputs. */
function madeOf(heads: readonly Head[], model: OnnxModel): ReadonlySet<string> {
  const takers = takersOf(model);
  const names = new Set(heads.flatMap(({ node }) => node.outputs));
  for (const name of names)
    for (const taker of takers.get(name) ?? []) for (const next of taker.outputs) names.add(next);
  return names;
}

/**
 * Gives the feature map that a cut averages over its positions, if it does just that and reshapes.
 * @returns undefined if the cut is something else
 */
export function mapBehind(model: OnnxModel, cut: string): string | undefined {
  const makers = makersOf(model);
  for (let name: string | undefined = cut; name !== undefined;) {
    const node = makers.get(name);
    if (!node) return undefined;
    if (averagesPositions(model, node)) return node.inputs[0];
    name = RESHAPES.has(node.op) ? node.inputs[0] : undefined;
  }
  return undefined;
}
