import { graphBuilder, type Builder } from '../builder.ts';
import { encodeOnnx, metadataFields, opsetField, RAW_DATA, type Tensor, type Value } from './format.ts';
import { type ModelTensor, type OnnxModel, readModel } from './model-file.ts';
import { bytesField, fieldsOf, joinBytes } from './protobuf.ts';
import { inLaterOpset } from './later-opset.ts';
import { renamed } from './rename.ts';
import { weightsIn8Bits } from './weights-in-8-bits.ts';

/** A graph from pictures to features, and the weights that lie beside it. */
export interface GraphBeside {
  readonly graph: Uint8Array;
  readonly images: string;
  readonly features: string;
  /** The content of `weights.bin`. */
  readonly weights: Uint8Array;
}

export interface OneFileOptions {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Adds the nodes that make the pictures; @default none: they are the file's input, `images` */
  readonly before?: (build: Builder, images: string) => void;
  /**
   * Adds the nodes from the features to the outputs.
   * @param nameOf gives the name that a tensor of the graph has in the file; undefined if it is not in it
   */
  readonly behind: (build: Builder, features: string, nameOf: (tensor: string) => string | undefined) => void;
  /** Puts the weights of the backbone down in 8 bits; it computes in float32 all the same. @default false */
  readonly in8Bits?: boolean;
  /** Gives weights more than 8 bits, those of few numbers the most. @default false */
  readonly finer?: boolean;
  /** The version of ONNX' operators that the nodes around the graph need. @default the graph's */
  readonly opset?: number;
  /** What stands in `metadata_props`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The name that the pictures have in the file, uint8 [n, H, W, 3]. */
export const IMAGES = 'images';

/**
 * Joins a backbone's graph, its weights and the nodes around it into one ONNX file with nothing beside it.
 * @param beside the graph, which is not changed in what it computes; a tensor of it whose name is needed gets another
 * @returns the bytes of the file, and the name that the features have in it
 */
export function oneFile(
  beside: GraphBeside,
  options: OneFileOptions,
): { readonly file: Uint8Array; readonly features: string } {
  const { inputs, outputs, before, behind, in8Bits = false, finer, metadata } = options;
  const taken = new Set([...inputs, ...outputs].map(({ name }) => name));
  const newName = (name: string): string => {
    if (name === beside.images) return IMAGES;
    return taken.has(name) || name === IMAGES || /^(before|later|head)\//.test(name) ? `backbone/${name}` : name;
  };
  const given = withinFile(renamed(readModel(beside.graph), newName), beside.weights);
  const opset = Math.max(options.opset ?? 0, given.opsets.get('')!);
  const model = inLaterOpset(given, opset);
  const first = insideFile('before/', opset);
  before?.(first.build, IMAGES);
  const constants = `${beside.images.slice(0, -IMAGES.length)}constant_`;
  const kept = in8Bits
    ? weightsIn8Bits(first.build, {
        ...model,
        tensors: [...model.tensors.values()],
        finer,
        isWeight: (name) => !name.startsWith(constants),
      })
    : { tensors: [...model.tensors.values()], nodes: model.nodes };
  const last = insideFile('head/', opset);
  const features = newName(beside.features);
  const made = new Set(model.nodes.flatMap((node) => node.outputs));
  behind(last.build, features, (tensor) => (made.has(newName(tensor)) ? newName(tensor) : undefined));
  const bytes = encodeOnnx(
    {
      name: 'classifier',
      inputs,
      outputs,
      nodes: [...first.build.nodes, ...last.build.nodes],
      tensors: [...first.tensors(), ...last.tensors()],
    },
    {
      nodes: kept.nodes.map((node) => node.bytes),
      after: first.build.nodes.length,
      tensors: kept.tensors.map((tensor) => tensor.bytes),
      graphFields: [...model.sparse.values()],
      modelFields: [opsetField(opset), ...model.carried.filter((field) => !isOwnOpset(field))],
    },
  );
  return { file: joinBytes([bytes, metadataFields(metadata)]), features };
}

/** A builder whose weights go into the file itself. */
export function insideFile(prefix: string, opset: number): { readonly build: Builder; tensors(): Tensor[] } {
  const parts: Uint8Array[] = [];
  const build = graphBuilder((bytes) => parts.push(bytes.slice()), { opset, prefix });
  return {
    build,
    tensors() {
      const weights = joinBytes(parts);
      return build.tensors.map((tensor) => {
        const { data } = tensor;
        return data instanceof Uint8Array
          ? tensor
          : { ...tensor, data: weights.subarray(data.offset, data.offset + data.length) };
      });
    },
  };
}

/** Puts the weights that lie beside a model into its tensors. */
function withinFile(model: OnnxModel, weights: Uint8Array): OnnxModel {
  const inside = (tensor: ModelTensor): ModelTensor => {
    const { external } = tensor;
    if (!external) return tensor;
    const raw = weights.subarray(external.offset, external.offset + external.length!);
    const fields = [...fieldsOf(tensor.bytes)].flatMap(({ number, raw: field }) =>
      [13, 14].includes(number) ? [] : [field],
    );
    return { ...tensor, external: undefined, raw, bytes: joinBytes([...fields, bytesField(RAW_DATA, raw)]) };
  };
  return { ...model, tensors: new Map([...model.tensors].map(([name, tensor]) => [name, inside(tensor)])) };
}

/** Whether a field of a model imports ONNX' own operators; those of other domains stay. */
function isOwnOpset(field: Uint8Array): boolean {
  const [{ number, bytes }] = fieldsOf(field);
  if (number !== 8) return false;
  const domain = [...fieldsOf(bytes)].find((part) => part.number === 1);
  const name = domain ? new TextDecoder().decode(domain.bytes) : '';
  return name === '' || name === 'ai.onnx';
}
