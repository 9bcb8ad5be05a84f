import type * as tf from '@tensorflow/tfjs';
import type { BackboneInput } from '../models/backbone.ts';
import { resampleMatrix, roundsBetween } from '../pixels/interpolation.ts';
import { normalizationOf } from '../pixels/preprocess.ts';
import { type Builder, graphBuilder } from './builder.ts';
import { convertOperation } from './convert.ts';
import { encodeOnnx, type Value } from './file/format.ts';
import { fuse, isSigned, isSum } from './fuse.ts';

export interface BackboneGraphOptions {
  /** Height and width of the images that go in. */
  readonly imageSize: readonly [height: number, width: number];
  readonly input: BackboneInput;
}

/** The name of a network's prepared input, [n, 3, S, S] float32, where the picture's part is a graph of its own. */
const PREPARED = 'prepared';

/**
 * Turns a backbone into one ONNX graph from bytes to features: images uint8 [n, H, W, 3] RGB → upscaling (two matrix
 * products), rounding and clipping, preprocessing, the layers' own weights → features float32 in Keras' layout.
 * @param model a model of layers in {@link CONVERTERS}, connected in any way; batch normalization is folded into the
 *   weights before it
 * @param options.apart begins behind the picture's part: with what {@link pictureGraph} gives
 * @param options.largest how many of each sum's largest absolute values for one image are also output, as
 *   `largest/<layer>`, largest first. Such a graph takes one image at a time.
 * @param writeWeights takes each layer's weights as they come; they may be overwritten afterwards
 * @returns the ONNX model; its weights lie in `weights.bin` beside it, in the order written
 * @throws Error naming a layer that cannot be converted
 */
export function backboneToOnnx(
  model: tf.LayersModel,
  {
    largest,
    apart = false,
    ...options
  }: BackboneGraphOptions & { readonly largest?: (values: number) => number; readonly apart?: boolean },
  writeWeights: (bytes: Uint8Array) => void,
): Uint8Array {
  const build = graphBuilder(writeWeights);
  const picture = apart ? PREPARED : pictureNodes(build, options);
  const further: { name: string; shape: number[] }[] = [];
  const outputs: string[] = [];
  for (const operation of fuse(model)) {
    const inputs = operation.inputs.map((k) => (k < 0 ? picture : outputs[k]));
    const output = convertOperation(build, operation, inputs);
    outputs.push(output);
    if (largest && isSum(operation)) {
      const k = largest(operation.shape.reduce((a, b) => a * b, 1));
      const sizes = isSigned(operation) ? build.node('Abs', [output]) : output;
      const values = build.node('Reshape', [sizes, build.constant(new BigInt64Array([-1n]), [1])]);
      const positions = build.constant(new BigInt64Array([BigInt(k)]), [1]);
      further.push({
        name: build.node('TopK', [values, positions], { axis: 0 }, `largest/${operation.name}`),
        shape: [k],
      });
    }
  }
  return encodeBackbone(build, model, options, outputs.at(-1) ?? picture, { further, apart });
}

/** Makes the picture's part of a graph alone: images uint8 [n, H, W, 3] RGB → float32 [n, 3, S, S], prepared. */
export function pictureGraph(options: BackboneGraphOptions): Uint8Array {
  const build = graphBuilder(() => {});
  build.node('Identity', [pictureNodes(build, options)], {}, PREPARED);
  return encodeOnnx({
    name: 'pictures',
    inputs: [imagesOf(options)],
    outputs: [preparedOf(options)],
    nodes: build.nodes,
    tensors: build.tensors,
  });
}

const imagesOf = ({ imageSize }: BackboneGraphOptions): Value => ({
  name: 'images',
  type: 'uint8',
  shape: ['n', ...imageSize, 3],
});
const preparedOf = ({ input: { size } }: BackboneGraphOptions): Value => ({
  name: PREPARED,
  type: 'float32',
  shape: ['n', 3, size, size],
});

/**
 * Ends the graph: features in Keras' layout, [n, H, W, C] where ONNX has [n, C, H, W].
 */
export function encodeBackbone(
  build: Builder,
  model: tf.LayersModel,
  options: BackboneGraphOptions,
  x: string,
  {
    further = [],
    apart = false,
  }: {
    readonly further?: readonly { readonly name: string; readonly shape: readonly number[] }[];
    readonly apart?: boolean;
  } = {},
): Uint8Array {
  const shape = (model.outputs[0].shape as number[]).slice(1);
  const last = shape.length === 3 ? build.node('Transpose', [x], { perm: [0, 2, 3, 1] }) : x;
  build.node('Identity', [last], {}, 'features');
  return encodeOnnx({
    name: model.name,
    inputs: [apart ? preparedOf(options) : imagesOf(options)],
    outputs: [
      { name: 'features', type: 'float32', shape: ['n', ...shape] },
      ...further.map((output) => ({ ...output, type: 'float32' as const })),
    ],
    nodes: build.nodes,
    tensors: build.tensors,
  });
}

/**
 * Adds the nodes from bytes to a network's input: images uint8 [n, H, W, 3] RGB → [n, 3, S, S] float32, upscaled and
 * preprocessed.
 * @param images the input's name @default 'images'
 */
export function pictureNodes(build: Builder, options: BackboneGraphOptions, images?: string): string {
  const { mean, std } = normalizationOf(options.input.preprocess);
  const channels = (values: readonly number[]): string => build.constant(Float32Array.from(values), [1, 3, 1, 1]);
  let x = levelNodes(build, options, { images });
  if (mean.some(Boolean)) x = build.node('Sub', [x, channels(mean)]);
  if (std.some((value) => value !== 1)) x = build.node('Div', [x, channels(std)]);
  return x;
}

/**
 * Adds the upscaling: images uint8 [n, H, W, 3] RGB → levels [n, 3, S + border, S + border] float32, whole numbers
 * 0..255, in the network's order of channels.
 * @param options.border pixels of 0 before and behind each row and column @default none
 * @param options.images the input's name @default 'images'
 */
export function levelNodes(
  build: Builder,
  { imageSize: [height, width], input: { size, interpolation, preprocess } }: BackboneGraphOptions,
  {
    border: [before, behind] = [0, 0],
    images = 'images',
  }: { readonly border?: readonly [before: number, behind: number]; readonly images?: string } = {},
): string {
  let x = build.node('Transpose', [images], { perm: [0, 3, 1, 2] });
  // BGR while the picture is still small
  if (normalizationOf(preprocess).channels === 'BGR')
    x = build.node('Gather', [x, build.constant(new BigInt64Array([2n, 1n, 0n]), [3])], { axis: 1 });
  x = build.node('Cast', [x], { to: 1 });
  if (height === size && width === size && !before && !behind) return x;
  const outer = before + size + behind;
  const matrix = (from: number): Float32Array => {
    const padded = new Float32Array(outer * from);
    padded.set(resampleMatrix(from, size, from === size ? 'nearest' : interpolation), before * from);
    return padded;
  };
  const down = build.constant(matrix(height), [outer, height]);
  const across = build.constant(transposed(matrix(width), outer, width), [width, outer]);
  const product = build.node('MatMul', [x, across]);
  const between = roundsBetween(interpolation) ? wholeLevels(build, product) : product;
  return wholeLevels(build, build.node('MatMul', [down, between]));
}

/** 1.5 · 2²³: a float32 of this size has no fraction, so adding it rounds (half to even). */
const NO_FRACTION = 12_582_912;

/** Rounds and clips to 0..255. */
function wholeLevels(build: Builder, x: string): string {
  const number = (value: number): string => build.constant(Float32Array.of(value), []);
  if (build.opset >= 11) return build.node('Clip', [build.node('Round', [x]), number(0), number(255)]);
  // older operators cannot round, and clip by attributes
  const rounded = build.node('Sub', [build.node('Add', [x, number(NO_FRACTION)]), number(NO_FRACTION)]);
  return build.node('Min', [build.node('Max', [rounded, number(0)]), number(255)]);
}

/** Transposes a matrix: [a, b] → [b, a]. */
function transposed(values: Float32Array, a: number, b: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < a; i++) for (let j = 0; j < b; j++) out[j * a + i] = values[i * b + j]!;
  return out;
}
