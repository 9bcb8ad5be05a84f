import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeOnnx, OPSET, opsetField, type Tensor } from '../../src/onnx/file/format.ts';
import { readModel } from '../../src/onnx/file/model-file.ts';
import { multipliedOut } from '../../src/onnx/file/multiplied-out.ts';
import { insideFile } from '../../src/onnx/file/one-file.ts';
import { weightsIn8Bits } from '../../src/onnx/file/weights-in-8-bits.ts';
import { normal, random } from '../../src/random.ts';
import { toFloat16 } from '../../src/storage/rows/float16.ts';

const draw = random(11);
const drawn = (n: number): Float32Array => Float32Array.from({ length: n }, () => normal(draw));
const bytesOf = ({ buffer }: Float32Array | Uint16Array): Uint8Array => new Uint8Array(buffer);
const tensor = (name: string, type: Tensor['type'], shape: number[], values: Float32Array | Uint16Array): Tensor => ({
  name,
  type,
  shape,
  data: bytesOf(values),
});

const input = { name: 'x', type: 'float32', shape: [1, 16, 5, 5] } as const;
const output = { name: 'y', type: 'float32' } as const;

/** Convolutions by a weight in float32 and one in float16, and a product with a matrix. */
const FLOAT = encodeOnnx({
  name: 'float',
  inputs: [input],
  outputs: [output],
  nodes: [
    { op: 'Cast', inputs: ['half'], output: 'half/float', attributes: { to: 1 } },
    { op: 'Conv', inputs: ['x', 'half/float'], output: 'a' },
    { op: 'Conv', inputs: ['a', 'kernel'], output: 'b' },
    { op: 'Flatten', inputs: ['b'], output: 'c' },
    { op: 'MatMul', inputs: ['c', 'matrix'], output: 'd' },
    { op: 'Mul', inputs: ['d', 'twice'], output: 'y' },
  ],
  tensors: [
    tensor('half', 'float16', [100, 16, 1, 1], toFloat16(drawn(1600))),
    tensor('kernel', 'float32', [8, 100, 3, 3], drawn(7200)),
    tensor('matrix', 'float32', [72, 20], drawn(1440)),
    tensor('twice', 'float32', [20], drawn(20)),
  ],
});

/** Writes the same with its weights in steps. */
function inSteps(finer: boolean): Uint8Array {
  const model = readModel(FLOAT);
  const { build, tensors } = insideFile('before/', OPSET);
  const kept = weightsIn8Bits(build, { ...model, tensors: [...model.tensors.values()], isWeight: () => true, finer });
  return encodeOnnx(
    { name: 'steps', inputs: [input], outputs: [output], nodes: build.nodes, tensors: tensors() },
    {
      nodes: kept.nodes.map(({ bytes }) => bytes),
      after: build.nodes.length,
      tensors: kept.tensors.map(({ bytes }) => bytes),
      graphFields: [],
      modelFields: [opsetField(OPSET)],
    },
  );
}

const x = drawn(400);
async function run(model: Uint8Array): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(model);
  const { y } = await session.run({ x: new ort.Tensor('float32', x, input.shape) });
  await session.release();
  return y.data as Float32Array;
}

const ops = (model: Uint8Array): string[] => readModel(model).nodes.map(({ op }) => op);
const distance = (a: Float32Array, b: Float32Array): number =>
  Math.hypot(...a.map((value, i) => value - b[i])) / Math.hypot(...b);

describe('weights in steps', () => {
  it('multiplied out beforehand give what the runtime makes of them, to the bit', async () => {
    for (const finer of [false, true]) {
      const given = inSteps(finer);
      const out = multipliedOut(given);
      expect(ops(out)).toEqual(['Conv', 'Conv', 'Flatten', 'MatMul', 'Mul']);
      expect([...readModel(out).tensors.keys()].sort()).toEqual(['half/float', 'kernel', 'matrix', 'twice']);
      expect(await run(out)).toEqual(await run(given));
    }
  });

  it('multiplied out leave a file of float16 with the same numbers, and what depends on pictures', async () => {
    const out = multipliedOut(FLOAT);
    expect(ops(out)).toEqual(['Conv', 'Conv', 'Flatten', 'MatMul', 'Mul']);
    expect(await run(out)).toEqual(await run(FLOAT));
    expect(multipliedOut(out)).toEqual(out);
  });

  it('are nearer to the float ones with more bits, where few numbers take most of them', async () => {
    const float = await run(FLOAT);
    const [coarse, fine] = await Promise.all(
      [false, true].map(async (finer) => distance(await run(inSteps(finer)), float)),
    );
    expect(coarse).toBeLessThan(0.02);
    expect(fine).toBeLessThan(coarse / 3);
    const rests = [...readModel(inSteps(true)).tensors.values()].flatMap(({ type, raw }) =>
      type === 2 ? [...raw!] : [],
    );
    expect(Math.max(...rests)).toBe(63);
  });
});
