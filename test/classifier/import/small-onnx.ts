import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { encodeOnnx, OPSET, type Value } from '../../../src/onnx/file/format.ts';
import { insideFile } from '../../../src/onnx/file/one-file.ts';
import { normal, random } from '../../../src/random.ts';

/** What a small classifier of somebody else's ends in. */
export interface SmallOnnx {
  /** K. @default 3 */
  readonly classes?: number;
  /** The operators behind its scores. @default none: it gives scores */
  readonly end?: readonly (readonly [op: string, attributes?: Readonly<Record<string, number>>])[];
  /** Its feature vector is an output too, by this name. */
  readonly second?: string;
  /** Scores are of shape [n, K, 2]. */
  readonly wide?: boolean;
  /** Height and width of its input, [n, 3, S, S]. @default 32 */
  readonly size?: number | string;
}

/**
 * Writes an ONNX file of the form that exporters of torchvision, timm and transformers write: `pixel_values` float32
 * [n, 3, S, S], prepared by whoever asks → a convolution, a global average, `output`.
 */
export function smallOnnx(file: string, options: SmallOnnx = {}): string {
  const { classes: k = 3, end = [], second, wide = false, size = 32 } = options;
  const draw = random(3, 'small');
  const values = (count: number): Float32Array => Float32Array.from({ length: count }, () => normal(draw));
  const { build, tensors } = insideFile('', OPSET);
  const conv = build.node(
    'Conv',
    [
      'pixel_values',
      build.weights('conv.weight', values(8 * 27), [8, 3, 3, 3]),
      build.weights('conv.bias', values(8), [8]),
    ],
    { strides: [2, 2], kernel_shape: [3, 3] },
  );
  const pooled = build.node('GlobalAveragePool', [build.node('Relu', [conv])]);
  const vector = build.node('Flatten', [pooled], { axis: 1 }, second);
  const n = wide ? 2 * k : k;
  let x = build.node(
    'Gemm',
    [vector, build.weights('fc.weight', values(8 * n), [8, n]), build.weights('fc.bias', values(n), [n])],
    {},
  );
  if (wide) x = build.node('Reshape', [x, build.constant(BigInt64Array.from([-1n, BigInt(k), 2n]), [3])]);
  for (const [op, attributes = {}] of end) x = build.node(op, [x], attributes);
  build.node('Identity', [x], {}, 'output');
  const outputs: Value[] = [{ name: 'output', type: 'float32', shape: ['n', ...(wide ? [k, 2] : [k])] }];
  if (second) outputs.push({ name: second, type: 'float32', shape: ['n', 8] });
  const inputs: Value[] = [{ name: 'pixel_values', type: 'float32', shape: ['n', 3, size, size] }];
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, encodeOnnx({ name: 'small', inputs, outputs, nodes: build.nodes, tensors: tensors() }));
  return file;
}

/**
 * Asks such a file as its makers would: levels divided by 255, less the mean, divided by the deviation; softmax of the
 * scores.
 * @param pixels [n, S, S, 3]
 */
export async function theirAnswers(
  file: string,
  pixels: Uint8Array,
  size: number,
  {
    mean,
    std,
    scores,
  }: { readonly mean: readonly number[]; readonly std: readonly number[]; readonly scores: boolean },
): Promise<number[]> {
  const session = await ort.InferenceSession.create(file);
  const area = size * size;
  const n = pixels.length / (3 * area);
  const data = new Float32Array(pixels.length);
  for (let at = 0; at < pixels.length; at++) {
    const [i, p, c] = [Math.floor(at / (3 * area)), Math.floor(at / 3) % area, at % 3];
    data[(i * 3 + c) * area + p] = (pixels[at] / 255 - mean[c]) / std[c];
  }
  const feed = { pixel_values: new ort.Tensor('float32', data, [n, 3, size, size]) };
  const all = (await session.run(feed)).output.data as Float32Array;
  if (!scores) return [...all];
  const k = all.length / n;
  return Array.from({ length: n }, (_, i) => [...all.subarray(i * k, (i + 1) * k)]).flatMap((row) => {
    const powers = row.map((value) => Math.exp(value - Math.max(...row)));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((value) => value / sum);
  });
}
