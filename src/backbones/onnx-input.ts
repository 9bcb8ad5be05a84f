import { checkOptions } from '../host/option-ranges.ts';
import type { BackboneInput } from '../models/backbone.ts';
import { type Layout, LAYOUTS } from '../models/file-backbone.ts';
import { levels } from './preprocessor-config.ts';
import { cutModel } from '../onnx/cut.ts';
import { type ModelValue, TYPE_NAMES, UINT8 } from '../onnx/file/model-file.ts';
import { layoutTaken } from '../onnx/trace.ts';
import { checkResize } from '../pixels/resize.ts';
import { checkInterpolation } from '../pixels/interpolation.ts';
import { normalizationOf, type Preprocessing } from '../pixels/preprocess.ts';
import { configBeside, nothingSaid } from './config-beside.ts';
import type { OnnxInput } from './onnx-backbone.ts';
import type { OnnxFile } from '../runtime/read-onnx.ts';

/** How pictures enter a file's graph, with nothing left open. */
export interface Entry {
  readonly input: BackboneInput;
  readonly layout: Layout;
  /** The inner tensor at which they enter, if it is not the graph's input. */
  readonly entry?: string;
  /** How many pictures the graph takes at once; undefined for any number. */
  readonly batch?: number;
}

/**
 * Finds out how pictures enter a graph: what is given counts first, then what stands beside the file, then what the
 * graph itself defines. Nothing is guessed.
 * @throws Error saying what is to be given
 */
export function inputOf(file: OnnxFile, cut: string, given: OnnxInput): Entry {
  const { entry } = given;
  const value = pictureInput(file, cut, entry);
  const takesLevels = value.type === UINT8;
  // who says what the network was trained to see replaces all that stands beside it
  const known = given.preprocess === undefined ? configBeside(file.path) : undefined;
  const layout = layoutOf(file, value, given.layout ?? (value.name === entry ? 'NHWC' : undefined));
  const size = sizeOf(file, value, layout, given.size ?? known?.size, known !== undefined && given.size === undefined);
  const preprocess = given.preprocess === undefined ? known?.preprocess : normalization(given.preprocess);
  if (takesLevels && preprocess !== undefined && !changesNothing(preprocess))
    throw new RangeError(
      `preprocess: expected 'none' for ${file.named}, whose graph takes whole levels from 0 to 255 (uint8) and prepares them itself; got other numbers.`,
    );
  if (preprocess === undefined) throw nothingSaid(file);
  const interpolation = given.interpolation ?? known?.interpolation ?? 'bicubic';
  checkInterpolation(interpolation);
  const cropFraction = given.cropFraction ?? known?.cropFraction;
  checkOptions('onnxBackbone', { cropFraction });
  const resize = given.resize ?? known?.resize;
  if (resize !== undefined) checkResize(resize, cropFraction ?? 1);
  // an inner tensor has the batch of the graph's own input
  const [batch] = value.shape ?? (value.name === entry ? file.model.inputs[0]?.shape : undefined) ?? [];
  return {
    input: {
      size,
      interpolation,
      preprocess,
      ...(cropFraction !== undefined && { cropFraction }),
      ...(resize !== undefined && { resize }),
    },
    layout,
    ...(entry !== undefined && { entry }),
    ...(typeof batch === 'number' && { batch }),
  };
}

/** Finds the one input that a cut needs: pictures in float32, or in uint8 if the graph prepares them itself. */
function pictureInput({ model, named }: OnnxFile, cut: string, entry: string | undefined): ModelValue {
  const { inputs } = cutModel(model, [cut], entry);
  const listed = inputs.map(({ name }) => name).join(', ');
  if (inputs.length !== 1)
    throw new Error(
      inputs.length
        ? `${named}: expected one input, of pictures, for "${cut}"; it needs ${inputs.length}: ${listed}. Cut it where only pictures are needed, or export that part alone.`
        : `${named}: expected features of pictures; "${cut}" does not depend on any input.`,
    );
  const [value] = inputs;
  const type = TYPE_NAMES[value.type] ?? `type ${value.type}`;
  if (value.kind !== 'tensor' || !['float32', 'uint8'].includes(type))
    throw new Error(
      `${named}: expected an input of pictures in float32; "${value.name}" takes ${value.kind === 'tensor' ? type : `a ${value.kind}`}. ` +
        (type === 'float16'
          ? 'Convert it with keep_io_types=True (onnxconverter_common.float16), or take the float32 file.'
          : 'This is not a network of pictures, or it was exported with its own preprocessing; export it without.'),
    );
  return value;
}

/** Whether levels stay as they are. */
function changesNothing(preprocess: Preprocessing): boolean {
  const { channels, mean, std } = normalizationOf(preprocess);
  return channels === 'RGB' && mean.every((value) => value === 0) && std.every((value) => value === 1);
}

const shapeText = ({ shape }: ModelValue): string => `[${shape!.map((size) => size || '?').join(', ')}]`;

function layoutOf({ model, named }: OnnxFile, value: ModelValue, given: Layout | undefined): Layout {
  const { name, shape } = value;
  if (given !== undefined && !LAYOUTS.includes(given))
    throw new RangeError(`layout: expected one of ${LAYOUTS.join(', ')}; got "${String(given)}".`);
  if (shape && shape.length !== 4)
    throw new Error(
      `${named}: expected an input of pictures, [n, 3, H, W] or [n, H, W, 3]; "${name}" takes ${shapeText(value)}.`,
    );
  const fits = LAYOUTS.filter((layout) => {
    const channels = shape?.[layout === 'NCHW' ? 1 : 3];
    return typeof channels !== 'number' || channels === 3;
  });
  if (!fits.length)
    throw new Error(
      `${named}: expected an input of three channels, [n, 3, H, W] or [n, H, W, 3]; "${name}" takes ${shapeText(value)}.`,
    );
  const said = fits.length === 1 ? fits[0] : layoutTaken(model, name);
  if (said && given && said !== given)
    throw new RangeError(
      `layout: expected ${said}, as the graph of ${named} takes its input "${name}"; got "${given}".`,
    );
  const layout = said ?? given;
  if (!layout)
    throw new RangeError(
      `layout: expected NCHW or NHWC; the graph of ${named} does not say which axis of its input "${name}" holds the channels. Give { input: { layout } }.`,
    );
  return layout;
}

function sizeOf(
  { named }: OnnxFile,
  value: ModelValue,
  layout: Layout,
  wanted: number | undefined,
  configured: boolean,
): number {
  const sides = (value.shape ?? []).slice(...(layout === 'NCHW' ? [2, 4] : [1, 3]));
  const fixed = sides.filter((side): side is number => typeof side === 'number');
  if (fixed.length === 2 && fixed[0] !== fixed[1])
    throw new Error(`${named}: expected an input of square pictures; "${value.name}" takes ${shapeText(value)}.`);
  const [own] = fixed;
  if (own !== undefined && wanted !== undefined && own !== wanted)
    throw new RangeError(
      configured
        ? `size: expected ${own}, which the graph of ${named} takes; the configuration beside it says ${wanted}, so it belongs to another network. Give { input } yourself.`
        : `size: expected ${own}, which the graph of ${named} takes; got ${wanted}.`,
    );
  const size = own ?? wanted;
  if (size === undefined)
    throw new RangeError(
      `size: expected height and width in pixels; the graph of ${named} takes any. Give one, like { input: { size: 224 } }.`,
    );
  checkOptions('onnxBackbone', { size });
  return size;
}

/** Turns numbers that are given with a scale into numbers for the levels 0..255. */
function normalization(given: NonNullable<OnnxInput['preprocess']>): Preprocessing {
  if (typeof given === 'string') return normalizationOf(given) && given;
  const { channels = 'RGB', scale = 1, mean, std } = given;
  if (!(scale > 0)) throw new RangeError(`preprocess: expected a scale above 0; got ${String(scale)}.`);
  normalizationOf({ channels, mean, std } as Parameters<typeof normalizationOf>[0]);
  return levels({ channels, mean, std }, scale);
}
