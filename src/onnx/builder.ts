import { type Node, OPSET, type Tensor } from './file/format.ts';

type Values = Float32Array | BigInt64Array | Uint8Array | Int8Array | Int32Array;

/** An ONNX graph under construction. */
export interface Builder {
  /** The version of ONNX' operators that the nodes are written for. */
  readonly opset: number;
  readonly nodes: Node[];
  readonly tensors: Tensor[];
  /** Adds a node and returns the name of its output. */
  node(op: string, inputs: string[], attributes?: Node['attributes'], output?: string): string;
  /** Adds small values, which are kept in the model itself. */
  constant(values: Values, shape: number[]): string;
  /** Adds weights, which go to the file `weights.bin` beside the model. */
  weights(name: string, values: Values, shape: number[]): string;
}

/**
 * @param writeWeights takes weights as they come, to be appended to `weights.bin`
 * @param options.prefix begins every name, so that none collides with the graph that the nodes are joined to @default
 * ''
 */
export function graphBuilder(
  writeWeights: (bytes: Uint8Array) => void,
  { opset = OPSET, prefix = '' }: { readonly opset?: number; readonly prefix?: string } = {},
): Builder {
  const nodes: Node[] = [];
  const tensors: Tensor[] = [];
  const used = new Set<string>();
  let offset = 0;
  return {
    opset,
    nodes,
    tensors,
    node(op, inputs, attributes, output = `${prefix}${op.toLowerCase()}_${nodes.length}`) {
      nodes.push({ op, inputs, output, attributes, secondOutput: op === 'TopK' ? `${output}/places` : undefined });
      return output;
    },
    constant(values, shape) {
      const name = `${prefix}constant_${tensors.length}`;
      tensors.push({ name, type: typeOf(values), shape, data: bytesOf(values) });
      return name;
    },
    weights(wanted, values, shape) {
      const bytes = bytesOf(values);
      // layers of a model within the model may have the same names as those around it
      let name = `${prefix}${wanted}`;
      while (used.has(name)) name += '_';
      used.add(name);
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
