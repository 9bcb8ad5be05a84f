import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxBackbone, type OnnxBackboneOptions } from '../../src/backbones/onnx-backbone.ts';
import { onnxCuts } from '../../src/backbones/onnx-cuts.ts';
import { locationsBeside } from '../../src/runtime/read-onnx.ts';
import { openBackbone } from '../../src/runtime/running.ts';
import { float32, reference, REFERENCES, relativeError, uint8 } from '../references/read.ts';

interface Packed {
  readonly shape: number[];
  readonly float32: string;
}
// made by Python's ONNX Runtime: test/references/onnx_cuts.py
const { square, cases } = reference<{ square: { uint8: string }; cases: Record<string, Packed> }>('onnx-cuts.json');
const file = (name: string): string => path.join(REFERENCES, 'onnx/cuts', `${name}.onnx`);
const HALF = { scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'onnx-cuts-'))));
afterAll(() => rmSync(folder, { recursive: true }));

async function rowsAt(at: string, options: OnnxBackboneOptions): Promise<[shape: readonly number[], Float32Array]> {
  const backbone = await onnxBackbone(at, { ...options, input: { preprocess: HALF } });
  const running = await openBackbone(backbone, { engine: 'onnx', imageSize: [32, 32] });
  try {
    return [backbone.outputShape, await running.run(uint8(square.uint8), 3)];
  } finally {
    await running.close();
  }
}

describe('a file as exporters write it gives what Python’s ONNX Runtime gives', () => {
  it.each([
    ['two-outputs', 'embedding', [6]],
    ['batch-minus-one', 'gap', [8]],
    ['weights-in-constants', 'gap', [8]],
    ['two-heads', 'gap', [8]],
    ['channels-last', 'mean', [8]],
    ['qdq', 'gap', [8]],
    ['pooler-output', 'pooler_output', [8]],
  ])('%s, at %s', async (name, cut, shape) => {
    const [outputShape, rows] = await rowsAt(file(name), { cut });
    expect(outputShape).toEqual(shape);
    expect(relativeError(rows, float32(cases[`${name}/${cut}`].float32))).toBeLessThan(1e-4);
  });

  it.each(['vit-no-kernel-shape', 'dynamic'])('%s, whose class token is told apart', async (name) => {
    const cut = 'last_hidden_state';
    const { shape, float32: values } = cases[`${name}/${cut}`];
    const [n, tokens, d] = shape;
    const all = float32(values);
    const expected = Float32Array.from({ length: n * d }, (_, i) => all[Math.floor(i / d) * tokens * d + (i % d)]);
    const [outputShape, rows] = await rowsAt(file(name), { cut });
    expect(outputShape).toEqual([d]);
    expect(relativeError(rows, expected)).toBeLessThan(1e-4);
  });

  it('tokens without a class token are averaged when that is asked for', async () => {
    const cut = 'last_hidden_state';
    await expect(rowsAt(file('merged-tokens'), { cut })).rejects.toThrow(
      /pooling: expected avg, max \(of all its tokens\) or none for "last_hidden_state" \[n, 8, 16\]/,
    );
    const { shape, float32: values } = cases[`merged-tokens/${cut}`];
    const [n, tokens, d] = shape;
    const all = float32(values);
    const means = Float32Array.from({ length: n * d }, (_, i) => {
      let sum = 0;
      for (let t = 0; t < tokens; t++) sum += all[(Math.floor(i / d) * tokens + t) * d + (i % d)];
      return sum / tokens;
    });
    const [, rows] = await rowsAt(file('merged-tokens'), { cut, pooling: 'avg' });
    expect(relativeError(rows, means)).toBeLessThan(1e-4);
  });

  it('weights that lie beside the file in a node’s attribute are read, hashed and downloaded with it', async () => {
    const [, rows] = await rowsAt(file('external-constant'), { cut: 'gap' });
    expect(relativeError(rows, float32(cases['weights-in-constants/gap'].float32))).toBeLessThan(1e-4);
    expect(locationsBeside(file('external-constant'))).toEqual(['external-constant.bin']);
    const own = path.join(folder, 'external-constant.onnx');
    copyFileSync(file('external-constant'), own);
    const bytes = readFileSync(file('external-constant').replace('.onnx', '.bin'));
    writeFileSync(path.join(folder, 'external-constant.bin'), bytes);
    const before = (await onnxBackbone(own, { cut: 'gap', input: { preprocess: HALF } })).id;
    bytes[0] ^= 1;
    writeFileSync(path.join(folder, 'external-constant.bin'), bytes);
    expect((await onnxBackbone(own, { cut: 'gap', input: { preprocess: HALF } })).id).not.toBe(before);
  });
});

it('the list of cuts has what is run, with shapes, and none that is refused', async () => {
  expect(await onnxCuts(file('two-outputs'))).toEqual([
    { cut: 'gap', shape: '8', what: 'before the classifier' },
    { cut: 'embedding', shape: '6', what: 'an output' },
    { cut: 'gp', shape: '8 × 1 × 1', what: 'a global average' },
    { cut: 'r0', shape: '8 × 16 × 16', what: 'the feature map before a global average' },
    { cut: 'logits', shape: '10', what: 'scores of the network’s own classes' },
  ]);
  for (const name of ['qoperator', 'conv-classifier', 'pooler-output', 'channels-last'])
    for (const { cut } of await onnxCuts(file(name)))
      await expect(
        onnxBackbone(file(name), { cut, input: { preprocess: HALF } }),
        `${name} ${cut}`,
      ).resolves.toBeTruthy();
});

it('the list takes its size from what stands beside the file, and leaves out what needs more than pictures', async () => {
  const own = mkdtempSync(path.join(folder, 'free-'));
  copyFileSync(path.join(REFERENCES, 'onnx/conv-free.onnx'), path.join(own, 'model.onnx'));
  await expect(onnxCuts(path.join(own, 'model.onnx'))).rejects.toThrow(/size: expected height and width in pixels/);
  writeFileSync(path.join(own, 'config.json'), JSON.stringify({ architecture: 'x', input_size: [3, 48, 48] }));
  expect(await onnxCuts(path.join(own, 'model.onnx'))).toContainEqual({
    cut: 'relu2',
    shape: '12 × 12 × 12',
    what: 'the feature map before a global average',
  });
  const both = await onnxCuts(path.join(REFERENCES, 'onnx/two-inputs.onnx'));
  expect(both.map(({ cut }) => cut)).toEqual(['pool', 'relu2']);
});
