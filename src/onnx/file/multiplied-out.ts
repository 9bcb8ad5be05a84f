import { PbfWriter } from 'pbf';
import { fromFloat16 } from '../../storage/rows/float16.ts';
import { type ModelNode, type ModelTensor, readModel } from './model-file.ts';
import { fieldsOf, joinBytes } from './protobuf.ts';

/** Float numbers of the graph that depend on no picture. */
interface Known {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Numbers of onnx.proto's TensorProto.DataType. */
const [FLOAT, UINT8, INT8, FLOAT16] = [1, 2, 3, 10];

/**
 * Computes the weights that a file holds in 8 bits or float16, and puts them there in float32: what a runtime does by
 * itself when it loads the graph, but in a page ONNX Runtime takes longer for it than for all else. The numbers are the
 * same to the bit.
 * @param file an ONNX model
 * @returns the model with Cast, Mul and Add of weights computed; all else is as it was
 */
export function multipliedOut(file: Uint8Array): Uint8Array<ArrayBuffer> {
  const { nodes, tensors, outputs } = readModel(file);
  const known = new Map<string, Known>();
  const computed = new Set<ModelNode>();
  // nodes stand behind what they take
  for (const node of nodes) {
    const value = resultOf(node, (name) => known.get(name) ?? floatsOf(tensors.get(name)), tensors);
    if (!value) continue;
    known.set(node.outputs[0], value);
    computed.add(node);
  }
  const left = nodes.filter((node) => !computed.has(node));
  const used = new Set(left.flatMap(({ inputs, captured }) => [...inputs, ...captured]));
  for (const { name } of outputs) used.add(name);
  // parts of the file are told by where they begin
  const begin = ({ bytes }: { readonly bytes: Uint8Array }): number => bytes.byteOffset;
  const dropped = new Set([...computed].map(begin));
  for (const tensor of tensors.values()) if (!used.has(tensor.name)) dropped.add(begin(tensor));
  const made = [...known].filter(([name]) => used.has(name));
  const parts: Uint8Array[] = [];
  for (const field of fieldsOf(file)) {
    if (field.number !== 7) {
      parts.push(field.raw);
      continue;
    }
    const kept = Array.from(fieldsOf(field.bytes)).flatMap((part) => (dropped.has(begin(part)) ? [] : [part.raw]));
    const own = made.splice(0).flatMap(([name, value]) => message(5, tensorParts(name, value)));
    parts.push(...message(7, [...kept, ...own]));
  }
  return joinBytes(parts) as Uint8Array<ArrayBuffer>;
}

/** Computes what a node gives; undefined if it depends on pictures, or is of another kind than weights are made by. */
function resultOf(
  { op, inputs, attributes }: ModelNode,
  floats: (name: string) => Known | undefined,
  tensors: ReadonlyMap<string, ModelTensor>,
): Known | undefined {
  if (op === 'Cast') return attributes.get('to')?.integer === FLOAT ? castOf(tensors.get(inputs[0])) : undefined;
  if (op !== 'Mul' && op !== 'Add') return undefined;
  const [a, b] = inputs.map(floats);
  const every = a && b && repeated(a, b);
  if (!every) return undefined;
  const { length } = a.values;
  const values = new Float32Array(length);
  const [x, y] = [a.values, b.values];
  // one step after the other in float32, as the runtime does
  if (op === 'Add') for (let i = 0; i < length; i++) values[i] = x[i] + y[every(i)];
  else for (let i = 0; i < length; i++) values[i] = x[i] * y[every(i)];
  return { values, shape: a.shape };
}

/** Says which number of b meets the i-th of a; undefined if b is repeated in a way that weights do not need. */
function repeated(a: Known, b: Known): ((i: number) => number) | undefined {
  const [n, size] = [a.values.length, b.values.length];
  if (size === 1 && b.shape.length <= a.shape.length) return () => 0;
  if (size === n && a.shape.join() === b.shape.join()) return (i) => i;
  if (b.shape.length === 1 && size === a.shape.at(-1)) return (i) => i % size;
  const [outputs, ...rest] = b.shape;
  const first = b.shape.length === a.shape.length && outputs === a.shape[0] && rest.every((one) => one === 1);
  const block = n / outputs;
  return first ? (i) => Math.floor(i / block) : undefined;
}

function castOf(tensor: ModelTensor | undefined): Known | undefined {
  const { type, raw, shape } = tensor ?? {};
  if (!raw || !shape) return undefined;
  if (type === UINT8) return { values: new Float32Array(raw), shape };
  if (type === INT8) return { values: new Float32Array(new Int8Array(raw.buffer, raw.byteOffset, raw.length)), shape };
  return type === FLOAT16 ? { values: fromFloat16(new Uint16Array(raw.slice().buffer)), shape } : undefined;
}

const floatsOf = (tensor: ModelTensor | undefined): Known | undefined =>
  tensor?.type === FLOAT && tensor.raw
    ? { values: new Float32Array(tensor.raw.slice().buffer), shape: tensor.shape }
    : undefined;

/** Gives a TensorProto in parts, so that its values are not copied. */
function tensorParts(name: string, { values, shape }: Known): Uint8Array[] {
  const pbf = new PbfWriter();
  for (const size of shape) pbf.writeVarintField(1, size);
  pbf.writeVarintField(2, FLOAT);
  pbf.writeStringField(8, name);
  return [pbf.finish(), ...message(9, [new Uint8Array(values.buffer, values.byteOffset, values.byteLength)])];
}

/** Puts the tag and the length of a field before its parts. */
function message(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const tag = new PbfWriter();
  tag.writeVarint(number * 8 + 2);
  tag.writeVarint(parts.reduce((sum, { length }) => sum + length, 0));
  return [tag.finish(), ...parts];
}
