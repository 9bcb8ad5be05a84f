import { fromFloat16 } from '../../storage/rows/float16.ts';
import type { Builder } from '../builder.ts';
import { quantizeWeights } from '../int8.ts';
import { keepSums } from './keep-sums.ts';
import type { ModelNode, ModelTensor } from './model-file.ts';

/** Weights of fewer numbers are kept as they are: they would save nothing. */
const FEWEST = 1024;

/**
 * Finds the weights of convolutions and matrix products, and puts them down in 8 bits with a step for each output
 * channel. The graph multiplies them out when it is loaded and computes in float32, so no sum of 8-bit numbers can
 * overflow on any CPU: sums of unsigned and signed bytes do so, silently, where VNNI is missing.
 *
 * The form is Cast and Mul, not DequantizeLinear: runtimes compute it once, while they keep the latter for every run.
 * @param build takes the nodes and the 8-bit values
 * @param options.nodes the nodes of the graph
 * @param options.tensors its tensors, with their values in them
 * @param options.isWeight says whether a tensor belongs to the network; not what brings pictures to their size
 * @returns the tensors that stay as they were
 */
export function weightsIn8Bits(
  build: Builder,
  {
    nodes,
    tensors,
    isWeight,
  }: {
    readonly nodes: readonly ModelNode[];
    readonly tensors: readonly ModelTensor[];
    readonly isWeight: (name: string) => boolean;
  },
): ModelTensor[] {
  const takers = new Map<string, ModelNode[]>();
  for (const node of nodes) {
    for (const name of [...node.inputs, ...node.captured]) {
      const found = takers.get(name);
      if (found) found.push(node);
      else takers.set(name, [node]);
    }
  }
  return tensors.filter((tensor) => {
    const axis = isWeight(tensor.name) ? outputAxis(tensor.name, tensor.shape.length, takers) : undefined;
    const values = axis === undefined ? undefined : valuesOf(tensor);
    if (!values || values.length < FEWEST) return true;
    replace(build, tensor, values, axis!);
    return false;
  });
}

function replace(
  build: Builder,
  { name, shape, type }: ModelTensor,
  values: Float32Array<ArrayBuffer>,
  axis: number,
): void {
  const outputs = shape[axis];
  const last = axis === shape.length - 1;
  // output channels last, as the quantization takes them
  const block = values.length / outputs;
  const byOutput = last ? values : values.map((_, i) => values[(i % outputs) * block + Math.floor(i / outputs)]);
  const { values: quantized, scales } = quantizeWeights(byOutput, outputs);
  keepSums(byOutput, quantized, scales);
  const stored = last ? quantized : quantized.map((_, i) => quantized[(i % block) * outputs + Math.floor(i / block)]);
  const steps = build.constant(scales, last ? [outputs] : [outputs, ...shape.slice(1).map(() => 1)]);
  const small = build.constant(stored, [...shape]);
  const float = build.node('Cast', [small], { to: 1 });
  if (type === FLOAT) build.node('Mul', [float, steps], {}, name);
  else build.node('Cast', [build.node('Mul', [float, steps])], { to: FLOAT16 }, name);
}

const [FLOAT, FLOAT16] = [1, 10];

/**
 * Gives the axis of a weight that holds the output channels, the first or the last one.
 * @returns undefined if it is no weight of a convolution or a matrix product, or serves several in different ways
 */
function outputAxis(name: string, rank: number, takers: ReadonlyMap<string, readonly ModelNode[]>): number | undefined {
  const axes = new Set(
    (takers.get(name) ?? []).flatMap((node) => {
      const { op, inputs, outputs, attributes } = node;
      if (op === 'Cast') return [outputAxis(outputs[0], rank, takers)];
      if (inputs.indexOf(name) !== 1 || inputs.lastIndexOf(name) !== 1) return [undefined];
      if (op === 'Conv') return [0];
      if (op === 'Gemm') return [attributes.get('transB')?.integer ? 0 : rank - 1];
      return [op === 'MatMul' && rank === 2 ? 1 : undefined];
    }),
  );
  return rank >= 2 && axes.size === 1 ? [...axes][0] : undefined;
}

/** Gives the values of a float tensor; undefined for other types, or values that are not held as bytes. */
function valuesOf({ type, raw }: ModelTensor): Float32Array<ArrayBuffer> | undefined {
  const bytes = raw?.slice();
  if (type === FLOAT && bytes) return new Float32Array(bytes.buffer);
  return type === FLOAT16 && bytes
    ? (fromFloat16(new Uint16Array(bytes.buffer)) as Float32Array<ArrayBuffer>)
    : undefined;
}
