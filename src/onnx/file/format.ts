import { PbfWriter } from 'pbf';

/** The part of the ONNX format that Graft writes (onnx/onnx.proto, IR version 8). Field numbers are onnx.proto's. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly tensors: readonly Tensor[];
}

export interface Value {
  readonly name: string;
  /** Undefined if ONNX Runtime infers it. */
  readonly type?: keyof typeof TYPES;
  /** Sizes; a name stands for any size. */
  readonly shape?: readonly (number | string)[];
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** The second output, for an operation that has two. */
  readonly secondOutput?: string;
  readonly attributes?: Readonly<Record<string, number | string | readonly number[] | { readonly float: number }>>;
}

export interface Tensor {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  readonly shape: readonly number[];
  /** The values, or where they lie in a file beside the model. */
  readonly data: Uint8Array | { readonly file: string; readonly offset: number; readonly length: number };
}

const TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const;
const IR_VERSION = 8;
export const OPSET = 17;
/** The field of a TensorProto that holds its values as bytes. */
export const RAW_DATA = 9;

/** Parts of another file's graph, as the bytes that they are in that file. */
export interface Carried {
  /** Messages of nodes; they come before the graph's own nodes from `after` on. */
  readonly nodes: readonly Uint8Array[];
  /** How many of the graph's own nodes come before them. */
  readonly after: number;
  /** Messages of tensors. */
  readonly tensors: readonly Uint8Array[];
  /** Whole fields of the graph. */
  readonly graphFields: readonly Uint8Array[];
  /** Whole fields of the model: its imports of operator sets and its functions. */
  readonly modelFields: readonly Uint8Array[];
}

/**
 * Encodes a graph as an ONNX model.
 * @param carried the parts of another file's graph that it includes @default nothing
 */
export function encodeOnnx(graph: Graph, carried?: Carried): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, IR_VERSION);
  pbf.writeStringField(2, 'graft');
  pbf.writeMessage(7, writeGraph, { graph, carried });
  for (const field of carried?.modelFields ?? [opsetField(OPSET)]) writeRaw(field, pbf);
  return pbf.finish();
}

/** Writes the import of ONNX' own operators, as a field of a ModelProto. */
export function opsetField(version: number): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeMessage(8, (_: unknown, p: PbfWriter) => p.writeVarintField(2, version), null);
  return pbf.finish();
}

/** Writes a model's `metadata_props`, as fields of a ModelProto. */
export function metadataFields(metadata: Readonly<Record<string, string>>): Uint8Array {
  const pbf = new PbfWriter();
  for (const entry of Object.entries(metadata)) pbf.writeMessage(14, writeEntry, entry);
  return pbf.finish();
}

function writeGraph({ graph, carried }: { readonly graph: Graph; readonly carried?: Carried }, pbf: PbfWriter): void {
  const { nodes } = graph;
  for (const node of nodes.slice(0, carried?.after)) pbf.writeMessage(1, writeNode, node);
  for (const node of carried?.nodes ?? []) pbf.writeBytesField(1, node);
  for (const node of carried ? nodes.slice(carried.after) : []) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, graph.name);
  for (const tensor of graph.tensors) pbf.writeMessage(5, writeTensor, tensor);
  for (const tensor of carried?.tensors ?? []) pbf.writeBytesField(5, tensor);
  for (const field of carried?.graphFields ?? []) writeRaw(field, pbf);
  for (const value of graph.inputs) pbf.writeMessage(11, writeValue, value);
  for (const value of graph.outputs) pbf.writeMessage(12, writeValue, value);
}

function writeNode(node: Node, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(1, input);
  pbf.writeStringField(2, node.output);
  if (node.secondOutput) pbf.writeStringField(2, node.secondOutput);
  pbf.writeStringField(3, node.output); // a node is named after its output
  pbf.writeStringField(4, node.op);
  for (const attribute of Object.entries(node.attributes ?? {})) pbf.writeMessage(5, writeAttribute, attribute);
}

function writeAttribute([name, value]: [string, NonNullable<Node['attributes']>[string]], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if (typeof value === 'number') {
    pbf.writeVarintField(3, value);
    pbf.writeVarintField(20, 2); // INT
  } else if (typeof value === 'string') {
    pbf.writeBytesField(4, new TextEncoder().encode(value));
    pbf.writeVarintField(20, 3); // STRING
  } else if ('float' in value) {
    pbf.writeFloatField(2, value.float);
    pbf.writeVarintField(20, 1); // FLOAT
  } else {
    for (const v of value) pbf.writeVarintField(8, v);
    pbf.writeVarintField(20, 7); // INTS
  }
}

function writeTensor({ name, type, shape, data }: Tensor, pbf: PbfWriter): void {
  for (const size of shape) pbf.writeVarintField(1, size);
  pbf.writeVarintField(2, TYPES[type]);
  pbf.writeStringField(8, name);
  if (data instanceof Uint8Array) return pbf.writeBytesField(RAW_DATA, data);
  writeRaw(externalFields(data.file, data.offset, data.length), pbf);
}

/** Encodes a tensor by itself, as a TensorProto. */
export function encodeTensor(tensor: Tensor): Uint8Array {
  const pbf = new PbfWriter();
  writeTensor(tensor, pbf);
  return pbf.finish();
}

/** Writes where a tensor's values lie in a file beside the model, as fields of a TensorProto. */
export function externalFields(file: string, offset: number, length: number): Uint8Array {
  const pbf = new PbfWriter();
  const entries = { location: file, offset: String(offset), length: String(length) };
  for (const entry of Object.entries(entries)) pbf.writeMessage(13, writeEntry, entry);
  pbf.writeVarintField(14, 1); // EXTERNAL
  return pbf.finish();
}

function writeRaw(bytes: Uint8Array, pbf: PbfWriter): void {
  pbf.realloc(bytes.length);
  pbf.buf.set(bytes, pbf.pos);
  pbf.pos += bytes.length;
}

function writeEntry([key, value]: [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}

function writeValue({ name, type, shape }: Value, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if (!type) return;
  pbf.writeMessage(
    2,
    (_: unknown, outer: PbfWriter) => {
      outer.writeMessage(
        1,
        (__: unknown, tensor: PbfWriter) => {
          tensor.writeVarintField(1, TYPES[type]);
          if (shape) tensor.writeMessage(2, writeShape, shape);
        },
        null,
      );
    },
    null,
  );
}

function writeShape(shape: readonly (number | string)[], pbf: PbfWriter): void {
  for (const size of shape) {
    pbf.writeMessage(
      1,
      (s: number | string, dim: PbfWriter) => {
        if (typeof s === 'number') dim.writeVarintField(1, s);
        else dim.writeStringField(2, s);
      },
      size,
    );
  }
}
