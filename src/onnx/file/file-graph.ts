import { ownOf } from '../../host/own.ts';
import type { BackboneInput } from '../../models/backbone.ts';
import type { FileEnd, Layout } from '../../models/file-backbone.ts';
import { type Builder, graphBuilder } from '../builder.ts';
import type { Cut } from '../cut.ts';
import { type Carried, encodeOnnx, externalFields, OPSET, opsetField, RAW_DATA, type Value } from './format.ts';
import { pictureNodes } from '../graph.ts';
import { type ModelTensor, type OnnxModel, TYPE_NAMES, UINT8 } from './model-file.ts';
import { bytesField, fieldsOf, joinBytes } from './protobuf.ts';

export interface FileGraphOptions {
  /** The size of the pictures that go in. */
  readonly imageSize: readonly [height: number, width: number];
  readonly input: BackboneInput;
  /** The layout of the picture that the file's graph takes. */
  readonly layout: Layout;
  /** The inner tensor at which pictures enter, if that is not the file's own input. */
  readonly entry?: string;
  /** What is done with the cut's tensor; if undefined, the tensors are output as they are. */
  readonly end?: FileEnd;
  /** Makes a graph of its own of the picture's part. @default false */
  readonly apart?: boolean;
  /** Reads a part of a file beside the model. */
  readonly readExternal: (location: string, offset: number, length: number) => Uint8Array;
}

/** A file's graph made ready, with the names of its input and outputs. */
export interface FileGraph {
  readonly model: Uint8Array;
  /** The picture's part, if it is a graph of its own before that. */
  readonly picture?: Uint8Array;
  readonly images: string;
  readonly outputs: readonly string[];
}

/** The oldest operators that broadcast like today's; the nodes put before the graph rely on that. */
export const OLDEST_OPSET = 8;

/**
 * Puts the steps from bytes to a network's input before a cut graph, and pooling behind it: images uint8 [n, H, W, 3]
 * RGB → upscaling, preprocessing → the file's own nodes → features float32, feature maps in Keras' layout.
 * @param cut a cut of the model, with one input
 * @param names the names of the tensors that it is cut at; just one if there is an `end`
 * @param writeWeights takes weights as they come
 * @throws Error if the model's operators are too old
 */
export function fileGraph(
  model: OnnxModel,
  cut: Cut,
  names: readonly string[],
  { imageSize, input, layout, end, apart, readExternal }: FileGraphOptions,
  writeWeights: (bytes: Uint8Array) => void,
): FileGraph {
  const opset = model.opsets.get('') ?? OPSET;
  if (opset < OLDEST_OPSET)
    throw new Error(
      `expected operators of ONNX' opset ${OLDEST_OPSET} or later; got opset ${opset}. ` +
        `\`onnx.version_converter.convert_version(model, ${OPSET})\` in Python brings it up to date.`,
    );
  const prefix = prefixFor(model);
  const build = graphBuilder(writeWeights, { opset, prefix });
  const images = `${prefix}images`;
  const [value] = cut.inputs;
  const takesLevels = value.type === UINT8;
  const prepared = { name: value.name, layout, takesLevels };
  const before = { name: images, type: 'uint8' as const, shape: ['n', ...imageSize, 3] };
  const { size } = input;
  const taken: Value = {
    name: value.name,
    type: takesLevels ? 'uint8' : 'float32',
    shape: layout === 'NHWC' ? ['n', size, size, 3] : ['n', 3, size, size],
  };
  const picture = apart ? pictureApart({ imageSize, input }, prepared, { before, taken, opset }) : undefined;
  if (!apart) front(build, images, { imageSize, input }, prepared);
  const after = build.nodes.length;
  const outputs = end ? [pool(build, names[0], end, `${prefix}features`)] : names;
  const bytes = encodeOnnx(
    {
      name: 'backbone',
      inputs: [apart ? taken : before],
      outputs: outputs.map((name) => (end ? { name, type: 'float32' as const } : { name })),
      nodes: build.nodes,
      tensors: build.tensors,
    },
    {
      nodes: cut.nodes.map(({ bytes }) => bytes),
      after,
      tensors: placed(cut.tensors, readExternal, writeWeights),
      graphFields: cut.sparse,
      modelFields: model.carried,
    },
  );
  return { model: bytes, picture, images, outputs };
}

/** Makes the picture's part a graph of its own. */
function pictureApart(
  options: Pick<FileGraphOptions, 'imageSize' | 'input'>,
  prepared: Prepared,
  { before, taken, opset }: { readonly before: Value; readonly taken: Value; readonly opset: number },
): Uint8Array {
  const build = graphBuilder(() => {}, { opset, prefix: 'picture/' });
  front(build, before.name, options, prepared);
  const graph = { name: 'pictures', inputs: [before], outputs: [taken], nodes: build.nodes, tensors: build.tensors };
  return encodeOnnx(graph, { ...NOTHING, modelFields: [opsetField(opset)] });
}

const NOTHING: Carried = { nodes: [], after: 0, tensors: [], graphFields: [], modelFields: [] };

/** The input of a file's graph. */
interface Prepared {
  readonly name: string;
  readonly layout: Layout;
  /** Whether it takes whole levels, as uint8. */
  readonly takesLevels: boolean;
}

/** Gives a prefix that no name of the file begins with. */
function prefixFor({ nodes, tensors, inputs }: OnnxModel): string {
  const names = [...nodes.flatMap(({ outputs }) => outputs), ...tensors.keys(), ...inputs.map(({ name }) => name)];
  let prefix = 'graft/';
  while (names.some((name) => name.startsWith(prefix))) prefix = `_${prefix}`;
  return prefix;
}

/** Adds the nodes from pictures to the input of the file's graph. */
function front(
  build: Builder,
  images: string,
  options: Pick<FileGraphOptions, 'imageSize' | 'input'>,
  { name: output, layout, takesLevels }: Prepared,
): void {
  const pictures = pictureNodes(build, options, images);
  const x = takesLevels ? build.node('Cast', [pictures], { to: UINT8 }) : pictures;
  if (layout === 'NHWC') build.node('Transpose', [x], { perm: [0, 2, 3, 1] }, output);
  else build.node('Identity', [x], {}, output);
}

/** @returns the name of the features, float32 [n, …] */
function pool(build: Builder, name: string, { pooling, shape, layout, prefix }: FileEnd, output: string): string {
  let x = build.node('Cast', [name], { to: 1 });
  const flat = (pooled: string): string => build.node('Flatten', [pooled], { axis: 1 });
  const op = pooling === 'max' ? 'GlobalMaxPool' : 'GlobalAveragePool';
  const pools = pooling === 'avg' || pooling === 'max';
  if (shape.length === 3) {
    if (pools && layout === 'NHWC') x = build.node('Transpose', [x], { perm: [0, 3, 1, 2] });
    if (pools) x = flat(build.node(op, [x]));
    else if (layout === 'NCHW') x = build.node('Transpose', [x], { perm: [0, 2, 3, 1] });
  }
  if (shape.length === 2) {
    const [tokens] = shape;
    const pick = (positions: BigInt64Array, dims: number[]): string =>
      build.node('Gather', [x, build.constant(positions, dims)], { axis: 1 });
    if (pooling === 'cls') x = pick(BigInt64Array.of(0n), []);
    if (pools) {
      const patches = BigInt64Array.from({ length: tokens - prefix }, (_, i) => BigInt(prefix + i));
      if (prefix) x = pick(patches, [patches.length]);
      x = flat(build.node(op, [build.node('Transpose', [x], { perm: [0, 2, 1] })])); // [n, T, D] → [n, D, T] → [n, D]
    }
  }
  return build.node('Identity', [x], {}, output);
}

/** Values of this many bytes or more lie beside the model, so that it stays small. */
const LARGE = 1024;

/** Gives the tensors' messages; large values go to `writeWeights`. */
function placed(
  tensors: readonly ModelTensor[],
  readExternal: FileGraphOptions['readExternal'],
  writeWeights: (bytes: Uint8Array) => void,
): Uint8Array[] {
  let written = 0;
  return tensors.map((tensor) => {
    const { external, raw, bytes } = tensor;
    if (!external && (raw?.length ?? 0) < LARGE) return bytes;
    const values = external
      ? readExternal(external.location, external.offset, external.length ?? bytesOf(tensor))
      : raw!;
    const rest = [...fieldsOf(bytes)].flatMap((field) => ([9, 13, 14].includes(field.number) ? [] : [field.raw]));
    if (values.length < LARGE) return joinBytes([...rest, bytesField(RAW_DATA, values)]);
    writeWeights(values);
    written += values.length;
    return joinBytes([...rest, externalFields('weights.bin', written - values.length, values.length)]);
  });
}

/** The bytes of one value, by the name of its type. */
const SIZES: Readonly<Record<string, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  float64: 8,
  uint32: 4,
  uint64: 8,
  bfloat16: 2,
};

function bytesOf({ name, shape, type }: ModelTensor): number {
  const size = ownOf(SIZES, TYPE_NAMES[type] ?? '');
  if (!size) throw new Error(`expected weights whose length is known; "${name}" in a file beside the model has none.`);
  return shape.reduce((a, b) => a * b, size);
}
