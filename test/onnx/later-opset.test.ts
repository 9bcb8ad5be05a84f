import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeOnnx, type Node, opsetField } from '../../src/onnx/file/format.ts';
import { inLaterOpset } from '../../src/onnx/file/later-opset.ts';
import { readModel } from '../../src/onnx/file/model-file.ts';

const value = (name: string, shape: readonly number[]) => ({ name, type: 'float32', shape }) as const;
const input = value('x', [2, 3, 1, 4]);
const output = { name: 'y', type: 'float32' } as const;

/** A model of an older version, whose nodes go from x [2, 3, 1, 4] to y, with no other tensors. */
const modelOf = (nodes: readonly Node[], opset: number): Uint8Array =>
  encodeOnnx(
    { name: 'old', inputs: [input], outputs: [output], nodes, tensors: [] },
    { nodes: [], after: nodes.length, tensors: [], graphFields: [], modelFields: [opsetField(opset)] },
  );

async function run(model: Uint8Array): Promise<{ readonly dims: readonly number[]; readonly data: number[] }> {
  const session = await ort.InferenceSession.create(model);
  const x = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i) + 2);
  const { y } = await session.run({ x: new ort.Tensor('float32', x, input.shape) });
  await session.release();
  return { dims: y.dims, data: [...(y.data as Float32Array)] };
}

const CASES: Readonly<Record<string, [nodes: readonly Node[], opset: number]>> = {
  ...Object.fromEntries(
    ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'].map((kind) => [
      `Reduce${kind}`,
      [[{ op: `Reduce${kind}`, inputs: ['x'], output: 'y', attributes: { axes: [1, -1], keepdims: 0 } }], 17],
    ]),
  ),
  'ReduceMean of all': [[{ op: 'ReduceMean', inputs: ['x'], output: 'y' }], 17],
  'ReduceSum of an attribute': [
    [{ op: 'ReduceSum', inputs: ['x'], output: 'y', attributes: { axes: [0], keepdims: 1 } }],
    12,
  ],
  'Squeeze and Unsqueeze': [
    [
      { op: 'Squeeze', inputs: ['x'], output: 's', attributes: { axes: [2] } },
      { op: 'Unsqueeze', inputs: ['s'], output: 'y', attributes: { axes: [0, 4] } },
    ],
    11,
  ],
};

describe('a model in the operators of a later version', () => {
  it.each(Object.entries(CASES))('computes the same: %s', async (_, [nodes, opset]) => {
    const old = modelOf(nodes, opset);
    const { nodes: later, tensors } = inLaterOpset(readModel(old), 18);
    const now = encodeOnnx(
      { name: 'new', inputs: [input], outputs: [output], nodes: [], tensors: [] },
      {
        nodes: later.map(({ bytes }) => bytes),
        after: 0,
        tensors: [...tensors.values()].map(({ bytes }) => bytes),
        graphFields: [],
        modelFields: [opsetField(18)],
      },
    );
    const [before, after] = [await run(old), await run(now)];
    expect(after).toEqual(before);
    expect(before.data.length).toBeGreaterThan(0);
  });

  it('is itself if its own version will do, and names what changed in another way', () => {
    const mean = modelOf([{ op: 'ReduceMean', inputs: ['x'], output: 'y' }], 18);
    const model = readModel(mean);
    expect(inLaterOpset(model, 18)).toBe(model);
    const split = modelOf([{ op: 'Split', inputs: ['x'], output: 'y' }], 17);
    expect(() => inLaterOpset(readModel(split), 18)).toThrow(
      /needs ONNX' operators of opset 18, where Split is another one than in opset 17/,
    );
  });
});
