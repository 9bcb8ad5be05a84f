import { InferenceSession, Tensor } from 'onnxruntime-node';
import { graphBuilder } from '../onnx/builder.ts';
import { encodeOnnx } from '../onnx/file/format.ts';

const SIZES = [1024, 2048, 3072];
const TIMES = 6;

/**
 * Measures the GFLOP/s (for int8: operations) that ONNX Runtime reaches in a product of two large square matrices; the
 * best size counts.
 */
export async function matmulPeak(precision: 'float32' | 'int8'): Promise<number> {
  const rates = [];
  for (const size of SIZES) rates.push(await product(precision, size));
  return Math.max(...rates);
}

async function product(precision: 'float32' | 'int8', size: number): Promise<number> {
  const build = graphBuilder(() => {});
  build.node(precision === 'int8' ? 'MatMulInteger' : 'MatMul', ['a', 'b'], {}, 'c');
  const shape = [size, size];
  const [a, b, c] = TYPES[precision];
  const model = encodeOnnx({
    name: 'peak',
    inputs: [
      { name: 'a', type: a, shape },
      { name: 'b', type: b, shape },
    ],
    outputs: [{ name: 'c', type: c, shape }],
    nodes: build.nodes,
    tensors: build.tensors,
  });
  const session = await InferenceSession.create(model, { logSeverityLevel: 3 });
  const feeds = { a: new Tensor(a, VALUES[a](size * size), shape), b: new Tensor(b, VALUES[b](size * size), shape) };
  let best = 0;
  for (let i = 0; i < TIMES; i++) {
    const begin = performance.now();
    await session.run(feeds);
    best = Math.max(best, (2 * size ** 3) / (performance.now() - begin) / 1e6);
  }
  await session.release();
  return best;
}

/** Types of both factors and of the product. */
const TYPES = { float32: ['float32', 'float32', 'float32'], int8: ['uint8', 'int8', 'int32'] } as const;

const VALUES = {
  float32: (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i)),
  int8: (length: number) => Int8Array.from({ length }, (_, i) => i % 127),
  uint8: (length: number) => Uint8Array.from({ length }, (_, i) => i % 255),
};
