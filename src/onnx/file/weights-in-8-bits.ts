import { fromFloat16 } from '../../storage/rows/float16.ts';
import type { Builder } from '../builder.ts';
import { quantizeWeights } from '../int8.ts';
import { keepSums } from './keep-sums.ts';
import type { ModelNode, ModelTensor } from './model-file.ts';

/** Weights of fewer numbers are kept as they are: they would save nothing. */
const FEWEST = 1024;
/**
 * How many steps there are from 0 to the largest weight of a channel, if finer ones are asked for: so many in the
 * weight of most numbers, and more in smaller ones. The noise of a weight's rounding costs as much of the answer
 * whichever weight it is in, so bits are best spent where few numbers take them: the step goes with the root of the
 * count. See docs/page.md for what it gives.
 */
const FINER = 450;
/** Networks of more numbers have 8 bits always: two bytes for each would be too much for a page. */
const LARGE = 50e6;
/** They are parted into whole multiples of this and the rest, each in a byte: 6 bits of noise, which gzip leaves at 6. */
const REST = 64;
const MOST_STEPS = 127 * REST;

/**
 * Finds the weights of convolutions and matrix products, and puts them down in 8 bits with a step for each output
 * channel, or in more bits in two bytes. The graph multiplies them out when it is loaded and computes in float32, so no
 * sum of 8-bit numbers can overflow on any CPU: sums of unsigned and signed bytes do so, silently, where VNNI is
 * missing.
 *
 * The form is Cast and Mul, not DequantizeLinear: runtimes compute it once, while they keep the latter for every run.
 * @param build takes the nodes and the 8-bit values
 * @param options.nodes the nodes of the graph
 * @param options.tensors its tensors, with their values in them
 * @param options.finer whether weights get more bits than 8, those of few numbers the most; not in large networks @default false
 * @param options.isWeight says whether a tensor belongs to the network; not what brings pictures to their size
 * @returns the tensors and nodes that stay as they were
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
): { readonly tensors: ModelTensor[]; readonly nodes: ModelNode[] } {
  const takers = new Map<string, ModelNode[]>();
  for (const node of nodes) {
    for (const name of [...node.inputs, ...node.captured]) {
      const found = takers.get(name);
      if (found) found.push(node);
      else takers.set(name, [node]);
    }
  }
  const found = new Map<ModelTensor, Weight>();
  for (const tensor of tensors) {
    const axis = isWeight(tensor.name) ? outputAxis(tensor.name, tensor.shape.length, takers) : undefined;
    const values = axis === undefined ? undefined : valuesOf(tensor);
    if (!values || values.length < FEWEST) continue;
    found.set(tensor, { tensor, values, axis: axis!, cast: onlyCast(tensor, takers.get(tensor.name)!) });
  }
  const lengths = [...found.values()].map(({ values }) => values.length);
  const largest = Math.max(...lengths);
  const parted = finer && lengths.reduce((a, b) => a + b, 0) <= LARGE;
  const stepsOf = ({ length }: Float32Array): number =>
    parted ? Math.min(MOST_STEPS, Math.round(FINER * Math.sqrt(largest / length))) : 127;
  const rounded = [...found.values()].map((weight) => inSteps(weight, stepsOf(weight.values)));
  // bytes of one kind lie together, which gzip packs better
  const whole = rounded.map(({ steps, shape }) =>
    build.constant(Int8Array.from(steps, parted ? (value) => Math.floor(value / REST) : (value) => value), [...shape]),
  );
  const rest = parted
    ? rounded.map(({ steps, shape }) =>
        build.constant(
          Uint8Array.from(steps, (value) => value & (REST - 1)),
          [...shape],
        ),
      )
    : [];
  for (const [i, one] of rounded.entries()) multiplied(build, one, whole[i], rest[i]);
  const casts = new Set([...found.values()].map(({ cast }) => cast));
  return { tensors: tensors.filter((tensor) => !found.has(tensor)), nodes: nodes.filter((node) => !casts.has(node)) };
}

/** Finds what turns a float16 weight into float32 for all that take it: its rounding, and the node, can be spared. */
function onlyCast({ type }: ModelTensor, takers: readonly ModelNode[]): ModelNode | undefined {
  const [node] = takers;
  const isCast = takers.length === 1 && node.op === 'Cast' && node.attributes.get('to')?.integer === FLOAT;
  return type === FLOAT16 && isCast ? node : undefined;
}

/** A weight of the network. */
interface Weight {
  readonly tensor: ModelTensor;
  readonly values: Float32Array<ArrayBuffer>;
  /** The first axis or the last one: that of the output channels. */
  readonly axis: number;
  /** The node that alone takes it, and turns it from float16 into float32. */
  readonly cast: ModelNode | undefined;
}

/** A weight in whole steps. */
interface Rounded extends Pick<ModelTensor, 'name' | 'shape' | 'type'> {
  readonly steps: Int16Array;
  /** [outputs], one step of each */
  readonly scales: Float32Array;
  /** The shape in which the steps meet the weight. */
  readonly scaleShape: readonly number[];
}

function inSteps({ tensor, values, axis, cast }: Weight, most: number): Rounded {
  const { shape } = tensor;
  const { name, type } = cast ? { name: cast.outputs[0], type: FLOAT } : tensor;
  const outputs = shape[axis];
  const last = axis === shape.length - 1;
  // output channels last, as the quantization takes them
  const block = values.length / outputs;
  const byOutput = last ? values : values.map((_, i) => values[(i % outputs) * block + Math.floor(i / outputs)]);
  const scales = quantizeWeights(byOutput, outputs).scales.map((scale) => (scale * 127) / most);
  const rounded = Int16Array.from(byOutput, (value, i) =>
    Math.max(-most, Math.min(most, Math.round(value / scales[i % outputs]))),
  );
  keepSums(byOutput, rounded, scales, most);
  const steps = last ? rounded : rounded.map((_, i) => rounded[(i % block) * outputs + Math.floor(i / block)]);
  const scaleShape = last ? [outputs] : [outputs, ...shape.slice(1).map(() => 1)];
  return { name, shape, type, steps, scales, scaleShape };
}

/** Adds the nodes that make a weight of its steps. @param rest undefined if `whole` is all */
function multiplied(build: Builder, { name, type, scales, scaleShape }: Rounded, whole: string, rest?: string): void {
  const float = (bytes: string): string => build.node('Cast', [bytes], { to: FLOAT });
  const steps =
    rest === undefined
      ? float(whole)
      : build.node('Add', [build.node('Mul', [float(whole), build.constant(Float32Array.of(REST), [])]), float(rest)]);
  const inputs = [steps, build.constant(scales, [...scaleShape])];
  if (type === FLOAT) build.node('Mul', inputs, {}, name);
  else build.node('Cast', [build.node('Mul', inputs)], { to: FLOAT16 }, name);
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
