import { PbfWriter } from 'pbf';
import { type Field, fieldsOf, integersOf, joinBytes, textOf } from './protobuf.ts';

/** The parts of an ONNX model that matter for cutting it; everything else is carried as its bytes. */
export interface OnnxModel {
  /** The opsets by domain; '' is ONNX' own. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Imports of operator sets and local functions, as fields of a ModelProto. */
  readonly carried: readonly Uint8Array[];
  readonly nodes: readonly ModelNode[];
  readonly tensors: ReadonlyMap<string, ModelTensor>;
  /** Initializers in a sparse form, as fields of a GraphProto. */
  readonly sparse: ReadonlyMap<string, Uint8Array>;
  /** The values that are fed in, without the tensors that have a value. */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** What its makers wrote into `metadata_props`. */
  readonly metadata: ReadonlyMap<string, string>;
}

export interface ModelNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** The names that its subgraphs use. */
  readonly captured: readonly string[];
  /** The NodeProto. */
  readonly bytes: Uint8Array;
}

export interface Attribute {
  readonly integer: number;
  readonly integers: readonly number[];
  readonly tensor?: ModelTensor;
}

export interface ModelTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** onnx.proto's TensorProto.DataType. */
  readonly type: number;
  /** Little-endian values, if the file holds them as bytes. */
  readonly raw?: Uint8Array;
  /** Values of a small int64 tensor that are not held as bytes. */
  readonly integers: readonly number[];
  /** Where the values lie in a file beside the model. */
  readonly external?: { readonly location: string; readonly offset: number; readonly length?: number };
  /** The TensorProto. */
  readonly bytes: Uint8Array;
}

export interface ModelValue {
  readonly name: string;
  /** `tensor`, or another kind. */
  readonly kind: 'tensor' | 'sequence' | 'map' | 'optional' | 'sparse tensor' | 'unknown';
  /** onnx.proto's TensorProto.DataType, for a tensor. */
  readonly type: number;
  /** Sizes; a name, or '' for an unknown one. Undefined if not even their number is known. */
  readonly shape?: readonly (number | string)[];
}

/** The number of uint8 in onnx.proto's TensorProto.DataType. */
export const UINT8 = 2;

/** Names of onnx.proto's TensorProto.DataType. */
export const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'float32',
  [UINT8]: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
};

/**
 * Reads a ModelProto (onnx/onnx.proto; field numbers are its own). Weights are not copied.
 * @throws NoProtobuf, or Error saying what a model lacks
 */
export function readModel(file: Uint8Array): OnnxModel {
  const opsets = new Map<string, number>();
  const carried: Uint8Array[] = [];
  const nodes: ModelNode[] = [];
  const tensors = new Map<string, ModelTensor>();
  const sparse = new Map<string, Uint8Array>();
  const inputs: ModelValue[] = [];
  const outputs: ModelValue[] = [];
  const metadata = new Map<string, string>();
  for (const field of fieldsOf(file)) {
    if (field.number === 14) metadata.set(...readEntry(field.bytes));
    if (field.number === 8) {
      const [domain, version] = readOpset(field);
      opsets.set(domain, version);
    }
    if (field.number === 8 || field.number === 25) carried.push(field.raw);
    if (field.number !== 7) continue;
    // a field that occurs twice is one graph, merged
    for (const part of fieldsOf(field.bytes)) {
      if (part.number === 1) {
        const node = readNode(part.bytes);
        const constant = constantOf(node);
        if (constant) tensors.set(constant.name, constant);
        else nodes.push(node);
      }
      if (part.number === 5) {
        const tensor = readTensor(part.bytes);
        tensors.set(tensor.name, tensor);
      }
      if (part.number === 11) inputs.push(readValue(part.bytes));
      if (part.number === 12) outputs.push(readValue(part.bytes));
      if (part.number === 15) sparse.set(sparseName(part.bytes), part.raw);
    }
  }
  const fed = inputs.filter(({ name }) => !tensors.has(name) && !sparse.has(name));
  return { opsets, carried, nodes, tensors, sparse, inputs: fed, outputs, metadata };
}

/**
 * Turns a node that holds a tensor into the initializer that it could as well be: so its values can lie beside the
 * model, and weights look alike wherever an exporter puts them.
 */
function constantOf({ op, outputs: [name], attributes }: ModelNode): ModelTensor | undefined {
  const value = op === 'Constant' ? attributes.get('value')?.tensor : undefined;
  if (!value || !name) return undefined;
  const fields = Array.from(fieldsOf(value.bytes)).flatMap(({ number, raw }) => (number === 8 ? [] : [raw]));
  return { ...value, name, bytes: joinBytes([...fields, nameField(name)]) };
}

/** Writes the `name` of a TensorProto. */
function nameField(name: string): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeStringField(8, name);
  return pbf.finish();
}

function readOpset({ bytes }: Field): [domain: string, version: number] {
  let [domain, version] = ['', 1];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) domain = textOf(field);
    if (field.number === 2) version = field.value;
  }
  return [domain === 'ai.onnx' ? '' : domain, version];
}

function readNode(bytes: Uint8Array): ModelNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const captured: string[] = [];
  const attributes = new Map<string, Attribute>();
  let op = '';
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) inputs.push(textOf(field));
    if (field.number === 2) outputs.push(textOf(field));
    if (field.number === 4) op = textOf(field);
    if (field.number === 5) {
      const [name, attribute] = readAttribute(field.bytes, captured, 0);
      attributes.set(name, attribute);
    }
  }
  return { op, inputs, outputs, attributes, captured, bytes };
}

/** The deepest nesting of subgraphs that is followed. */
const DEEPEST = 16;

/** @param captured collects the names that subgraphs use, their own and those of the graph around them */
function readAttribute(bytes: Uint8Array, captured: string[], depth: number): [name: string, attribute: Attribute] {
  let [name, integer] = ['', 0];
  const integers: number[] = [];
  let tensor: ModelTensor | undefined;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = textOf(field);
    if (field.number === 3) integer = field.value;
    if (field.number === 5) tensor = readTensor(field.bytes);
    if (field.number === 8) integers.push(...integersOf(field));
    if (field.number === 6 || field.number === 11) readSubgraph(field.bytes, captured, depth + 1);
  }
  return [name, { integer, integers, tensor }];
}

function readSubgraph(bytes: Uint8Array, captured: string[], depth: number): void {
  if (depth > DEEPEST) throw new Error(`subgraphs within more than ${DEEPEST} subgraphs`);
  for (const { number, bytes: part } of fieldsOf(bytes)) {
    if (number === 12) captured.push(readValue(part).name);
    if (number !== 1) continue;
    for (const field of fieldsOf(part)) {
      if (field.number === 1) captured.push(textOf(field));
      if (field.number === 5) readAttribute(field.bytes, captured, depth);
    }
  }
}

function readTensor(bytes: Uint8Array): ModelTensor {
  const shape: number[] = [];
  const integers: number[] = [];
  const entries = new Map<string, string>();
  let [name, type, outside] = ['', 0, false];
  let raw: Uint8Array | undefined;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) shape.push(...integersOf(field));
    if (field.number === 2) type = field.value;
    if (field.number === 7) integers.push(...integersOf(field));
    if (field.number === 8) name = textOf(field);
    if (field.number === 9) raw = field.bytes;
    if (field.number === 13) entries.set(...readEntry(field.bytes));
    if (field.number === 14) outside = field.value === 1;
  }
  const length = entries.get('length');
  const external = outside && {
    location: entries.get('location') ?? '',
    offset: Number(entries.get('offset') ?? 0),
    length: length === undefined ? undefined : Number(length),
  };
  return { name, shape, type, raw, integers, ...(external && { external }), bytes };
}

function readEntry(bytes: Uint8Array): [key: string, value: string] {
  let [key, value] = ['', ''];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) key = textOf(field);
    if (field.number === 2) value = textOf(field);
  }
  return [key, value];
}

function sparseName(bytes: Uint8Array): string {
  for (const field of fieldsOf(bytes)) if (field.number === 1) return readTensor(field.bytes).name;
  return '';
}

const KINDS: Readonly<Record<number, ModelValue['kind']>> = {
  1: 'tensor',
  4: 'sequence',
  5: 'map',
  8: 'sparse tensor',
  9: 'optional',
};

function readValue(bytes: Uint8Array): ModelValue {
  let name = '';
  let kind: ModelValue['kind'] = 'unknown';
  let type = 0;
  let shape: (number | string)[] | undefined;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = textOf(field);
    if (field.number !== 2) continue;
    for (const of of fieldsOf(field.bytes)) {
      kind = KINDS[of.number] ?? kind;
      if (of.number !== 1) continue;
      for (const part of fieldsOf(of.bytes)) {
        if (part.number === 1) type = part.value;
        if (part.number === 2) shape = Array.from(fieldsOf(part.bytes), ({ bytes: size }) => readSize(size));
      }
    }
  }
  return { name, kind, type, shape };
}

/** Reads a size; a number below 1 stands for any size, as in PaddlePaddle's exports. */
function readSize(bytes: Uint8Array): number | string {
  for (const field of fieldsOf(bytes)) {
    if (field.number !== 1) return textOf(field);
    return field.value > 0 ? field.value : '';
  }
  return '';
}

/** Gives the values of an int64 tensor; none if they lie in another file or have another type. */
export function int64sOf({ type, raw, integers }: ModelTensor): readonly number[] {
  if (type !== 7) return [];
  if (!raw) return integers;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: Math.floor(raw.length / 8) }, (_, i) => Number(view.getBigInt64(8 * i, true)));
}
