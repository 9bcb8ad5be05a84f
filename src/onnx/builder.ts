import type { Node, Tensor } from './format.ts';

type Values = Float32Array | BigInt64Array | Uint8Array | Int8Array | Int32Array;

/** An ONNX graph under construction. */
export interface Builder {
  readonly nodes: Node[];
  readonly tensors: Tensor[];
  /** Adds a node and returns the name of its output. */
  node(op: string, inputs: string[], attributes?: Node['attributes'], output?: string): string;
  /** Adds small values, which are kept in the model itself. */
  constant(values: Values, shape: number[]): string;
  /** Adds weights, which go to the file `weights.bin` beside the model. */
  weights(name: string, values: Values, shape: number[]): string;
}

/** @param writeWeights takes weights as they come, to be appended to `weights.bin` */
export function graphBuilder(writeWeights: (bytes: Uint8Array) => void): Builder {
  const nodes: Node[] = [];
  const tensors: Tensor[] = [];
  let offset = 0;
  return {
    nodes,
    tensors,
    node(op, inputs, attributes, output = `${op.toLowerCase()}_${nodes.length}`) {
      nodes.push({ op, inputs, output, attributes, secondOutput: op === 'TopK' ? `${output}/places` : undefined });
      return output;
    },
    constant(values, shape) {
      const name = `constant_${tensors.length}`;
      tensors.push({ name, type: typeOf(values), shape, data: bytesOf(values) });
      return name;
    },
    weights(name, values, shape) {
      const bytes = bytesOf(values);
      tensors.push({ name, type: typeOf(values), shape, data: { file: 'weights.bin', offset, length: bytes.length } });
      writeWeights(bytes);
      offset += bytes.length;
      return name;
    },
  };
}

function typeOf(values: Values): Tensor['type'] {
  if (values instanceof Float32Array) return 'float32';
  if (values instanceof BigInt64Array) return 'int64';
  if (values instanceof Int32Array) return 'int32';
  return values instanceof Int8Array ? 'int8' : 'uint8';
}

const bytesOf = (values: Values): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
