import { ownOf } from '../host/own.ts';
import type { Resize } from '../pixels/resize.ts';
import type { Interpolation } from '../pixels/interpolation.ts';
import { type Normalization, normalizationOf } from '../pixels/preprocess.ts';

/** What a network's own configuration says of its input. */
export interface ConfiguredInput {
  readonly size: number;
  /** Share of the resized picture's shorter side that is cut out; 1 if the whole shorter side is used. */
  readonly cropFraction: number;
  /** @default 'crop' */
  readonly resize?: Resize;
  readonly interpolation: Interpolation;
  readonly preprocess: Normalization;
}

export type Config = Readonly<Record<string, unknown>>;

/** Pillow's filters by number (PIL.Image.Resampling) and by timm's names. */
const FILTERS: Readonly<Record<string, Interpolation>> = {
  0: 'nearest',
  1: 'lanczos3',
  2: 'bilinear-antialias',
  3: 'bicubic-keys',
  nearest: 'nearest',
  lanczos: 'lanczos3',
  bilinear: 'bilinear-antialias',
  bicubic: 'bicubic-keys',
};

/**
 * Reads Hugging Face's `preprocessor_config.json`, as transformers' image processors mean it. An entry that asks for
 * something Graft does not do is an error; nothing is left out.
 * @throws Error naming the entry, and what to say instead
 */
export function readPreprocessorConfig(config: Config): ConfiguredInput {
  const kind = String(config.image_processor_type ?? config.feature_extractor_type ?? '');
  if (config.sampling_rate !== undefined || /Wav2Vec|Whisper|Speech|Audio|ASTFeature|EnCodec|Clap/i.test(kind))
    throw new Error(`expected a preprocessor of pictures; got one of sound${kind && ` (${kind})`}`);
  if (/Video|Vivit|Timesformer|LayoutLM|Donut|Nougat|Pix2Struct/i.test(kind))
    throw new Error(`expected a preprocessor of single pictures; got ${kind}`);
  const { do_center_crop, crop_size } = config;
  for (const name of ['do_pad', 'rescale_offset', 'do_thumbnail', 'do_align_long_axis', 'keep_aspect_ratio'])
    if (ownOf(config, name)) throw cannot(name, ownOf(config, name));
  // `null` means no, as `false` does; an entry that is missing has the processor's own default
  const no = (name: string): boolean => [false, null].includes(ownOf(config, name) as never);
  if (no('do_resize')) throw cannot('do_resize', config.do_resize);
  const scale = no('do_rescale') ? 1 : number('rescale_factor', config.rescale_factor ?? 1 / 255);
  // MobileViT's processor ignores mean and deviation, whatever its file says, and gives BGR unless told otherwise
  const mobileViT = /^MobileViT/.test(kind);
  const plain = no('do_normalize') || mobileViT;
  if (!plain && (!config.image_mean || !config.image_std))
    throw new Error(
      `expected image_mean and image_std; ${kind || 'it'} has ${Object.keys(config).join(', ') || 'nothing'}`,
    );
  const flips = mobileViT ? !no('do_flip_channel_order') : config.do_flip_channel_order === true;
  if (flips && !plain) throw cannot('do_flip_channel_order', true);
  const mean = plain ? [0, 0, 0] : three('image_mean', config.image_mean);
  const given = plain ? [1, 1, 1] : three('image_std', config.image_std);
  // EfficientNet's processor divides by the deviation once more for the classes of ImageNet
  const twice = !plain && /^EfficientNet/.test(kind) && config.include_top !== false;
  const std = twice ? given.map((value) => value ** 2) : given;
  const cropped = (crop_size ?? undefined) !== undefined;
  if (do_center_crop === true && !cropped && !/^Levit/.test(kind)) throw cannot('crop_size', crop_size);
  return {
    ...sizesOf(config, kind, !no('do_center_crop') && cropped),
    interpolation: filterOf('resample', config.resample),
    preprocess: levels({ channels: flips ? 'BGR' : 'RGB', mean, std }, scale),
  };
}

type Sizes = Pick<ConfiguredInput, 'size' | 'cropFraction' | 'resize'>;

function sizesOf(config: Config, kind: string, crops: boolean): Sizes {
  const own = OWN_SIZES.find(([name]) => name.test(kind))?.[1];
  // a bare number is the shorter side if a crop follows, else a square
  const given = typeof config.size === 'number' && (crops || own) ? { shortest_edge: config.size } : config.size;
  const [edge, square] = readSize('size', given);
  if (own) return own(number('size', edge ?? square), config);
  if ((config.crop_pct ?? undefined) !== undefined) throw cannot('crop_pct', config.crop_pct); // only some take it
  if (!crops) {
    if (square === undefined) throw cannot('size', config.size); // a shorter side without a crop gives no square
    return { size: square, cropFraction: 1, resize: 'squash' };
  }
  const [cropEdge, cropSquare] = readSize('crop_size', config.crop_size);
  const size = cropSquare ?? cropEdge;
  const resized = edge ?? square;
  if (size === undefined || resized === undefined || size > resized) throw cannot('crop_size', config.crop_size);
  // a bare number is a square to DeiT's processor
  if (edge !== undefined && !/^DeiT/.test(kind)) return centre(size, size / resized);
  return { size, cropFraction: size / resized, resize: size === resized ? 'squash' : 'squash-crop' };
}

/** Scales the shorter side, and cuts out a centre as transformers' `center_crop` does. */
const centre = (size: number, cropFraction: number): Sizes => ({ size, cropFraction, resize: 'crop-floor' });

/** Processors that use the given shorter side in their own way (transformers/models/…). */
const OWN_SIZES: readonly (readonly [kind: RegExp, sizes: (edge: number, config: Config) => Sizes])[] = [
  // below 384 pixels a centre is cut out, from there on the picture is squashed
  [
    /^ConvNext/,
    (size, { crop_pct }) =>
      size < 384
        ? centre(size, number('crop_pct', crop_pct ?? 224 / 256))
        : { size, cropFraction: 1, resize: 'squash' },
  ],
  [/^PoolFormer/, (size, { crop_pct }) => centre(size, number('crop_pct', crop_pct ?? 0.9))],
  // the shorter side is scaled to 256/224 of the size
  [
    /^Levit/,
    (size, { crop_size }) => {
      const [edge, square = 224] = readSize('crop_size', crop_size ?? 224);
      if ((edge ?? square) !== size) throw cannot('crop_size', crop_size);
      return centre(size, size / Math.floor((256 / 224) * size));
    },
  ],
];

/** @returns the shorter side, or the side of a square */
function readSize(name: string, value: unknown): [edge?: number, square?: number] {
  if (typeof value === 'number') return [undefined, number(name, value)];
  const { shortest_edge: edge, height, width } = (value ?? {}) as Record<string, unknown>;
  if (edge !== undefined) return [number(`${name}.shortest_edge`, edge)];
  if (height === undefined || height !== width) throw cannot(name, value);
  return [undefined, number(`${name}.height`, height)];
}

/**
 * Turns mean and standard deviation of scaled levels into those of the levels 0..255 themselves.
 * @param scale (level · scale − mean) / std
 */
export function levels(
  {
    channels,
    mean,
    std,
  }: { readonly channels: 'RGB' | 'BGR'; readonly mean: readonly number[]; readonly std: readonly number[] },
  scale: number,
): Normalization {
  const unscaled = (values: readonly number[]): [number, number, number] =>
    values.map((value) => value / scale) as [number, number, number];
  return normalizationOf({ channels, mean: unscaled(mean), std: unscaled(std) });
}

export function filterOf(name: string, value: unknown): Interpolation {
  const filter = ownOf(FILTERS, String(value));
  if (!filter) throw cannot(name, value);
  return filter;
}

export function number(name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value > 0)) throw cannot(name, value);
  return value;
}

export function three(name: string, value: unknown): number[] {
  const values = Array.isArray(value) ? (value as unknown[]) : [];
  if (values.length !== 3 || !values.every(Number.isFinite)) throw cannot(name, value);
  return values as number[];
}

export const cannot = (name: string, value: unknown): Error =>
  new Error(`expected another "${name}" than ${JSON.stringify(value) ?? 'none'}, which Graft does not do`);
