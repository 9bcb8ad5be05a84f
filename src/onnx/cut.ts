import { nearest } from '../text/nearest.mjs';
import { type ModelNode, type ModelTensor, type ModelValue, type OnnxModel, UINT8 } from './file/model-file.ts';
import { makersOf } from './trace.ts';

/** The parts of a model that are needed to compute some of its tensors. */
export interface Cut {
  /** The nodes, in the file's order. */
  readonly nodes: readonly ModelNode[];
  readonly tensors: readonly ModelTensor[];
  /** Sparse tensors, as fields of the graph. */
  readonly sparse: readonly Uint8Array[];
  /** The values that have to be fed in; the tensor at which pictures enter is one of them. */
  readonly inputs: readonly ModelValue[];
}

/**
 * Cuts a model: nodes and weights that the named tensors do not need are removed.
 * @param names the names of tensors that the graph computes
 * @param entry the name of an inner tensor that is fed in, uint8 [n, H, W, 3]: nothing before it is kept @default none
 * @throws RangeError naming the tensors near an unknown one
 */
export function cutModel(model: OnnxModel, names: readonly string[], entry?: string): Cut {
  const makers = makersOf(model);
  const wanted = [...names];
  const seen = new Set(wanted);
  const kept = new Set<ModelNode>();
  for (const name of [...names, ...(entry === undefined || isInput(model, entry) ? [] : [entry])])
    if (!makers.has(name)) throw unknown(name, [...makers.keys()]);
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const node = name === entry ? undefined : makers.get(name);
    if (!node || kept.has(node)) continue;
    kept.add(node);
    for (const before of [...node.inputs, ...node.captured]) {
      if (!before || seen.has(before)) continue;
      seen.add(before);
      wanted.push(before);
    }
  }
  return {
    nodes: model.nodes.filter((node) => kept.has(node)),
    tensors: [...model.tensors.values()].filter(({ name }) => seen.has(name)),
    sparse: [...model.sparse].flatMap(([name, field]) => (seen.has(name) ? [field] : [])),
    inputs: [
      ...model.inputs.filter(({ name }) => seen.has(name)),
      ...(entry !== undefined && seen.has(entry) && !isInput(model, entry)
        ? [{ name: entry, kind: 'tensor' as const, type: UINT8 }]
        : []),
    ],
  };
}

const isInput = ({ inputs }: OnnxModel, name: string): boolean => inputs.some((one) => one.name === name);

/** The most names that an error lists. */
const MOST = 6;

function unknown(name: string, known: readonly string[]): RangeError {
  const like = known.filter((one) => name && one.toLowerCase().includes(name.toLowerCase()));
  const meant = nearest(name, known);
  const near = [...new Set([...(meant === undefined ? [] : [meant]), ...like])].slice(0, MOST);
  const last = known.filter(Boolean).slice(-MOST);
  return new RangeError(
    `cut: expected a tensor that the graph computes; got "${name}". ` +
      (near.length
        ? `Near it: ${near.join(', ')}.`
        : `It computes ${known.length}, at its end ${last.join(', ')}; onnxCuts(file) lists those that make sense.`),
  );
}
