import { fromFloat16 } from '../../storage/rows/float16.ts';
import type { Builder } from '../builder.ts';
import { quantizeWeights } from '../int8.ts';
import { keepSums } from './keep-sums.ts';
import type { ModelNode, ModelTensor } from './model-file.ts';

/** Weights of fewer numbers are kept as they are: they would save nothing. */
const FEWEST = 1024;
/**
 * Weights of fewer numbers get {@link FINER} times as fine steps, if that is asked for: those of EfficientNet-Lite0's
 * first blocks, which are most of its distance from float weights and a quarter of its bytes. On 100 photos of flowers
 * the largest difference in a probability falls from 0.046 to 0.022, and a page grows by 0.5 MB.
 */
const [FEW, FINER] = [200_000, 4];

/**
 * Finds the weights of convolutions and matrix products, and puts them down in 8 bits with a step for each output
 * channel. The graph multiplies them out when it is loaded and computes in float32, so no sum of 8-bit numbers can
 * overflow on any CPU: sums of unsigned and signed bytes do so, silently, where VNNI is missing.
 *
 * The form is Cast and Mul, not DequantizeLinear: runtimes compute it once, while they keep the latter for every run.
 * @param build takes the nodes and the 8-bit values
 * @param options.nodes the nodes of the graph
 * @param options.tensors its tensors, with their values in them
 * @param options.finer whether weights of few numbers get two bits more
 * @param options.isWeight says whether a tensor belongs to the network; not what brings pictures to their size
 * @returns the tensors that stay as they were
 */
export function weightsIn8Bits(
  build: Builder,
  {
    nodes,
    tensors,
    isWeight,
    finer = false,
  }: {
    readonly nodes: readonly ModelNode[];
    readonly tensors: readonly ModelTensor[];
    readonly isWeight: (name: string) => boolean;
    readonly finer?: boolean;
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
    replace(build, tensor, { values, axis: axis!, fine: finer && values.length < FEW ? FINER : 1 });
    return false;
  });
}

function replace(
  build: Builder,
  { name, shape, type }: ModelTensor,
  { values, axis, fine }: { readonly values: Float32Array<ArrayBuffer>; readonly axis: number; readonly fine: number },
): void {
  const outputs = shape[axis];
  const last = axis === shape.length - 1;
  // output channels last, as the quantization takes them
  const block = values.length / outputs;
  const byOutput = last ? values : values.map((_, i) => values[(i % outputs) * block + Math.floor(i / outputs)]);
  const scales = quantizeWeights(byOutput, outputs).scales.map((scale) => scale / fine);
  const most = 127 * fine;
  const quantized = Int16Array.from(byOutput, (value, i) =>
    Math.max(-most, Math.min(most, Math.round(value / scales[i % outputs]))),
  );
  keepSums(byOutput, quantized, scales, most);
  const stored = (part: (value: number) => number): string => {
    const parts = Int8Array.from(quantized, (_, i) =>
      part(quantized[last ? i : (i % block) * outputs + Math.floor(i / block)]),
    );
    return build.node('Cast', [build.constant(parts, [...shape])], { to: FLOAT });
  };
  const coarse = stored((value) => Math.floor(value / fine));
  const float =
    fine === 1
      ? coarse
      : build.node('Add', [
          build.node('Mul', [coarse, build.constant(Float32Array.of(fine), [])]),
          stored((value) => value - fine * Math.floor(value / fine)),
        ]);
  const steps = build.constant(scales, last ? [outputs] : [outputs, ...shape.slice(1).map(() => 1)]);
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
