import type { OPTIONS } from '../options/options.mjs';

/**
 * How the levels of a picture, 0..255, are changed before they enter a network: (level − mean) / std, channel by
 * channel.
 */
export interface Normalization {
  /** The network's order of channels, which mean and std follow too. */
  readonly channels: 'RGB' | 'BGR';
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

const ONE = [1, 1, 1] as const;
const levels = (shares: readonly [number, number, number]): [number, number, number] => [
  255 * shares[0],
  255 * shares[1],
  255 * shares[2],
];

/**
 * The kinds of input that networks were trained on; the first three are named as in
 * keras/src/applications/imagenet_utils.py.
 * - `caffe`: BGR, ImageNet's means subtracted (VGG's and ResNet50's own)
 * - `tf`: RGB from −1 to 1 (MobileNet's)
 * - `torch`: RGB as shares of 255, ImageNet's means and standard deviations (torchvision's, timm's usual)
 * - `imagenet`: the same as `torch`, as timm and Hugging Face call it
 * - `clip`: RGB as shares of 255, CLIP's means and standard deviations (OpenAI's)
 * - `none`: RGB 0..255 as it is, which is what the original notebook fed to VGG19
 */
export const PREPROCESSING = {
  caffe: { channels: 'BGR', mean: [103.939, 116.779, 123.68], std: ONE },
  tf: { channels: 'RGB', mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
  torch: { channels: 'RGB', mean: levels([0.485, 0.456, 0.406]), std: levels([0.229, 0.224, 0.225]) },
  imagenet: { channels: 'RGB', mean: levels([0.485, 0.456, 0.406]), std: levels([0.229, 0.224, 0.225]) },
  clip: {
    channels: 'RGB',
    mean: levels([0.48145466, 0.4578275, 0.40821073]),
    std: levels([0.26862954, 0.26130258, 0.27577711]),
  },
  none: { channels: 'RGB', mean: [0, 0, 0], std: ONE },
} as const satisfies Record<(typeof OPTIONS.preprocess.choices)[number], Normalization>;

export type PreprocessingName = keyof typeof PREPROCESSING;
/** Preprocessing by name, or in numbers. */
export type Preprocessing = PreprocessingName | Normalization;
export const PREPROCESSING_NAMES = Object.keys(PREPROCESSING) as PreprocessingName[];

/**
 * Gives the numbers that a name stands for.
 * @throws RangeError naming the valid names, or the number that is out of range
 */
export function normalizationOf(preprocess: Preprocessing): Normalization {
  if (typeof preprocess === 'string') {
    if (!PREPROCESSING_NAMES.includes(preprocess))
      throw new RangeError(
        `preprocess: expected one of ${PREPROCESSING_NAMES.join(', ')}; got "${String(preprocess)}".`,
      );
    return PREPROCESSING[preprocess];
  }
  const { channels, mean, std } = preprocess;
  const numbers = (values: unknown): boolean =>
    Array.isArray(values) && values.length === 3 && values.every(Number.isFinite);
  if (
    !(channels === 'RGB' || channels === 'BGR') ||
    !numbers(mean) ||
    !numbers(std) ||
    std.some((value) => !(value > 0))
  )
    throw new RangeError(
      `preprocess: expected { channels: 'RGB' | 'BGR', mean: [3], std: [3] above 0 }; got ${JSON.stringify(preprocess)}.`,
    );
  return preprocess;
}
