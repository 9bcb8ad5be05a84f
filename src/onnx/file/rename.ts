import { bytesField, type Field, fieldsOf, joinBytes, textOf } from './protobuf.ts';
import type { OnnxModel } from './model-file.ts';

/**
 * Renames tensors of a model, so that its names do not collide with those of nodes that are joined to it. Names count
 * within subgraphs too.
 * @param newName gives the new name; the same one for those that stay
 */
export function renamed(model: OnnxModel, newName: (name: string) => string): OnnxModel {
  const names = (all: readonly string[]): string[] => all.map(newName);
  return {
    ...model,
    nodes: model.nodes.map((node) => ({
      ...node,
      inputs: names(node.inputs),
      outputs: names(node.outputs),
      captured: names(node.captured),
      bytes: renamedNode(node.bytes, newName),
    })),
    tensors: new Map(
      [...model.tensors.values()].map((tensor) => [
        newName(tensor.name),
        { ...tensor, name: newName(tensor.name), bytes: withName(tensor.bytes, 8, newName) },
      ]),
    ),
    inputs: model.inputs.map((value) => ({ ...value, name: newName(value.name) })),
    outputs: model.outputs.map((value) => ({ ...value, name: newName(value.name) })),
  };
}

type NewName = (name: string) => string;

/** A NodeProto: inputs are field 1, outputs 2, attributes 5. */
const renamedNode = (node: Uint8Array, newName: NewName): Uint8Array =>
  mapFields(node, (field) => {
    if (field.number === 1 || field.number === 2) return textField(field.number, newName(textOf(field)));
    return field.number === 5
      ? bytesField(
          5,
          mapFields(field.bytes, (part) => subgraph(part, newName)),
        )
      : field.raw;
  });

/** An AttributeProto's field: a graph is 6, several are 11. */
const subgraph = ({ number, bytes, raw }: Field, newName: NewName): Uint8Array =>
  number === 6 || number === 11
    ? bytesField(
        number,
        mapFields(bytes, (part) => graphPart(part, newName)),
      )
    : raw;

/** A GraphProto's field: nodes are 1, initializers 5, inputs 11, outputs 12, further values 13. */
function graphPart({ number, bytes, raw }: Field, newName: NewName): Uint8Array {
  if (number === 1) return bytesField(1, renamedNode(bytes, newName));
  if (number === 5) return bytesField(5, withName(bytes, 8, newName));
  return number >= 11 && number <= 13 ? bytesField(number, withName(bytes, 1, newName)) : raw;
}

const withName = (message: Uint8Array, number: number, newName: NewName): Uint8Array =>
  mapFields(message, (field) => (field.number === number ? textField(number, newName(textOf(field))) : field.raw));

const mapFields = (message: Uint8Array, map: (field: Field) => Uint8Array): Uint8Array =>
  joinBytes(Array.from(fieldsOf(message), map));

const textField = (number: number, text: string): Uint8Array => bytesField(number, new TextEncoder().encode(text));
