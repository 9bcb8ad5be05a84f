import { checkOptions } from '../host/option-ranges.ts';
import { ownOf } from '../host/own.ts';
import { cutModel } from '../onnx/cut.ts';
import { type CutCandidate, cutCandidates } from '../onnx/cut-candidates.ts';
import { configBeside } from './config-beside.ts';
import { openOnnxFile, type OnnxFile } from '../runtime/read-onnx.ts';
import type { OnnxInput } from './onnx-backbone.ts';
import { type Entry, inputOf } from './onnx-input.ts';
import { openSession } from '../runtime/onnx-session.ts';

/** A tensor at which a network may be cut. */
export interface OnnxCut {
  readonly cut: string;
  /** Shape for one picture, as the graph gives it: `1280 × 7 × 7`. */
  readonly shape: string;
  readonly what: string;
}

/** The most rows that are listed; the deepest come first. */
const MOST = 40;

/**
 * Lists the tensors of an ONNX file that make sense as features, with their shapes, the best first: the inputs of its
 * classifiers, outputs that are not scores, global pools and the maps before them, a vision transformer's tokens, the
 * ends of blocks. A notebook shows this as a table.
 * @param file an ONNX file of pictures
 * @param options.size height and width of its input in pixels, if it takes any size and nothing beside it says it
 * @throws Error naming the file
 * @example
 * const cuts = await onnxCuts('model.onnx');
 */
export async function onnxCuts(file: string, { size }: Pick<OnnxInput, 'size'> = {}): Promise<OnnxCut[]> {
  checkOptions('onnxCuts', { size });
  const opened = openOnnxFile(file);
  const all = cutCandidates(opened.model);
  const found = ofPictures(opened, all).slice(0, MOST);
  const entries: OnnxCut[] = [];
  const entry = inputOf(opened, (found[0] ?? all[0])?.cut ?? '', {
    preprocess: 'none',
    size: size ?? sizeBeside(file),
  });
  const shapes = await shapesOf(
    opened,
    found.map(({ cut }) => cut),
    entry,
  );
  for (const { cut, what } of found) {
    const shape = ownOf(shapes, cut);
    // a number or two for each picture are not features
    if (shape && shape.reduce((a, b) => a * b, 1) > 2) entries.push({ cut, shape: shape.join(' × '), what });
  }
  return entries;
}

/**
 * Keeps those that need one input, of pictures: not what a model makes of pictures and texts together, or of texts
 * alone.
 */
function ofPictures({ model }: OnnxFile, candidates: readonly CutCandidate[]): CutCandidate[] {
  return candidates.filter(({ cut }) => {
    const { inputs } = cutModel(model, [cut]);
    return inputs.length === 1 && (inputs[0].shape?.length ?? 4) === 4;
  });
}

/** Reads the size that stands beside a file; what else stands there does not matter here. */
function sizeBeside(file: string): number | undefined {
  try {
    return configBeside(file)?.size;
  } catch {
    return undefined;
  }
}

/** Runs a graph once, on one made-up picture, and notes the shape of each tensor of floats. */
async function shapesOf(
  file: OnnxFile,
  names: readonly string[],
  { input, layout, batch = 1 }: Entry,
): Promise<Record<string, number[]>> {
  const { size } = input;
  let images = '';
  const session = await openSession((write) => {
    const graph = file.graph(names, { imageSize: [size, size], input, layout }, write);
    images = graph.images;
    return graph.model;
  });
  try {
    const data = new Uint8Array(batch * size * size * 3).fill(128);
    const outputs = await session.run({ [images]: { type: 'uint8', data, dims: [batch, size, size, 3] } });
    return Object.fromEntries(
      Object.entries(outputs).flatMap(([name, { dims }]) =>
        ownOf(session.outputTypes, name)!.startsWith('float') ? [[name, [...dims.slice(1)]]] : [],
      ),
    );
  } finally {
    await session.close();
  }
}
