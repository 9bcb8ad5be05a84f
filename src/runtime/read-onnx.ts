import type { FileFacts } from '../models/file-backbone.ts';
import { type Cut, cutModel } from '../onnx/cut.ts';
import { fileGraph, type FileGraph, type FileGraphOptions } from '../onnx/file/file-graph.ts';
import { type OnnxModel, readModel, TYPE_NAMES } from '../onnx/file/model-file.ts';
import { shortPath } from '../project.ts';
import { besideFiles, onnxFileHash, readOnnxBytes } from '../storage/weights/onnx-file.ts';

/** An ONNX file that was read and looks valid. */
export interface OnnxFile {
  readonly path: string;
  /** The path as a person would write it. */
  readonly named: string;
  readonly model: OnnxModel;
  readonly bytes: number;
  /** The hash of the file and of the files beside it that hold its weights. */
  readonly sha256: string;
  /** Says in words what the tensors before a cut are computed in. */
  precision(cut: string): string;
  /** Makes a graph from bytes to the named tensors, or to features. */
  graph(
    names: readonly string[],
    options: Omit<FileGraphOptions, 'readExternal'>,
    write: (bytes: Uint8Array) => void,
  ): FileGraph;
}

/**
 * Opens an ONNX file.
 * @throws Error naming the file, and what it is if it is not an ONNX file
 */
export function openOnnxFile(file: string): OnnxFile {
  const bytes = readOnnxBytes(file);
  const named = shortPath(file);
  const model = read(bytes, named);
  const beside = besideOf(model);
  return {
    path: file,
    named,
    model,
    bytes: bytes.length,
    sha256: onnxFileHash(bytes, file, beside),
    precision: (cut) => precisionOf(cutModel(model, [cut])),
    graph(names, options, write) {
      const opened = besideFiles(file);
      try {
        const cut = cutModel(model, names, options.entry);
        return fileGraph(model, cut, names, { ...options, readExternal: opened.read }, write);
      } catch (error) {
        if (error instanceof RangeError || (error as Error).message.includes(named)) throw error;
        throw new Error(`${named}: ${(error as Error).message}`, { cause: error });
      } finally {
        opened.close();
      }
    },
  };
}

/** Lists where a model says that its weights are, relative to its folder, whether they are there or not. */
export const locationsBeside = (file: string): string[] => besideOf(read(readOnnxBytes(file), shortPath(file)));

const besideOf = ({ tensors }: Pick<OnnxModel, 'tensors'>): string[] => [
  ...new Set([...tensors.values()].flatMap(({ external }) => (external ? [external.location] : []))),
];

/** Opens a backbone's file again and checks that it is the one that the backbone was made from. */
export function reopenOnnxFile({ path, sha256 }: Pick<FileFacts, 'path' | 'sha256'>): OnnxFile {
  const opened = openOnnxFile(path);
  if (opened.sha256 !== sha256)
    throw new Error(
      `${opened.named} has changed since the backbone was made from it: its SHA-256 was ${sha256.slice(0, 12)}…, and is ${opened.sha256.slice(0, 12)}…. ` +
        'Call onnxBackbone again.',
    );
  return opened;
}

function read(bytes: Uint8Array, named: string): OnnxModel {
  let model: OnnxModel;
  try {
    model = readModel(bytes);
  } catch (cause) {
    throw new Error(
      `${named}: expected an ONNX file; ${(cause as Error).message}. It is cut short, damaged, or something else.`,
      {
        cause,
      },
    );
  }
  if (!model.nodes.length)
    throw new Error(`${named}: expected an ONNX file; it has no graph. It is damaged, or something else.`);
  return model;
}

const WHOLE = /^(QLinear|ConvInteger|MatMulInteger|DynamicQuantizeLinear|QuantizeLinear|MatMulNBits|Q(Gemm|Attention))/;

/** What is said of the precision of a file whose sums are quantized. */
export const QUANTIZED = 'quantized in the file';

function precisionOf({ nodes, tensors }: Cut): string {
  if (nodes.some(({ op }) => WHOLE.test(op))) return QUANTIZED;
  return tensors.some(({ type, shape }) => TYPE_NAMES[type] === 'float16' && shape.length > 1)
    ? 'float16 in the file'
    : 'float32';
}
