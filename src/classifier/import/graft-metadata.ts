import type { OnnxInput } from '../../backbones/onnx-backbone.ts';
import type { Fitting } from '../../data/dataset.ts';
import { IMAGES } from '../../onnx/file/one-file.ts';
import { makersOf } from '../../onnx/trace.ts';
import { INTERPOLATIONS } from '../../pixels/interpolation.ts';
import { checkResize } from '../../pixels/resize.ts';
import type { OnnxFile } from '../../runtime/read-onnx.ts';
import { type FoundNames, namesIn } from './class-names.ts';

/** What a file that `graft export` wrote says about itself. */
export interface OfGraft extends FoundNames {
  readonly version: string;
  /** The output to take. */
  readonly output: string;
  /** Pictures of the classifier's own size enter behind the resizing, if the graph does that. */
  readonly input: OnnxInput;
  readonly fit: Fitting;
}

/**
 * Reads what `graft export --to onnx` and `--to hub` write into a file's `metadata_props`.
 * @returns undefined if it is another's file
 * @throws Error naming the file, if what it says is damaged, or if it takes pictures that are no squares
 */
export function ofGraft({ model, named }: OnnxFile): OfGraft | undefined {
  const { metadata, inputs, outputs } = model;
  const version = metadata.get('graft');
  const hasImages = inputs.some(({ name }) => name === IMAGES) || makersOf(model).has(IMAGES);
  const output = ['probabilities', 'logits'].find((one) => outputs.some(({ name }) => name === one));
  if (version === undefined || !metadata.has('classNames') || !hasImages || !output) return undefined;
  const said = (name: string): unknown => {
    try {
      return JSON.parse(metadata.get(name) ?? '');
    } catch {
      return undefined;
    }
  };
  const [names, size, resizing] = [namesIn(said('classNames')), said('imageSize'), said('resizing')];
  const fit = fittingOf(resizing);
  if (!names || !Array.isArray(size) || !fit)
    throw new Error(`${named}: Graft ${version} wrote it, but classNames, imageSize or resizing in it are damaged.`);
  const [height, width] = size as unknown[];
  if (height !== width)
    throw new Error(
      `${named}: expected square pictures; it takes ${String(height)}×${String(width)}, which an import cannot do.`,
    );
  return {
    names,
    where: 'its metadata',
    version,
    output,
    fit,
    input: {
      entry: IMAGES,
      size: height as number,
      preprocess: 'none',
      resize: fit.fit,
      cropFraction: fit.cropFraction,
      interpolation: fit.interpolation,
    },
  };
}

function fittingOf(value: unknown): Fitting | undefined {
  const { resize, ...rest } = (value ?? {}) as Omit<Fitting, 'fit'> & { readonly resize: Fitting['fit'] };
  try {
    checkResize(resize, rest.cropFraction);
    return INTERPOLATIONS.includes(rest.interpolation) ? { fit: resize, ...rest } : undefined;
  } catch {
    return undefined;
  }
}
