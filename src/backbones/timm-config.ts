import type { Resize } from '../pixels/resize.ts';
import { cannot, type Config, type ConfiguredInput, filterOf, levels, number, three } from './preprocessor-config.ts';

/** timm's own values for what a configuration does not say (timm/data/constants.py, timm/data/config.py). */
const DEFAULTS = {
  input_size: [3, 224, 224],
  interpolation: 'bicubic',
  crop_pct: 0.875,
  crop_mode: 'center',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const;

/**
 * Gives the part of a `config.json` that timm takes its input from: `pretrained_cfg`, or all of an older, flat one.
 * @returns undefined if it is not a configuration of timm's; transformers' has `architectures`
 */
export function timmPart(config: Config): Config | undefined {
  const { architecture, pretrained_cfg: own } = config;
  if (typeof own === 'object' && own !== null) return own as Config;
  return typeof architecture === 'string' ? config : undefined;
}

/**
 * Reads timm's configuration as its evaluation means it (timm/data/transforms_factory.py, `transforms_imagenet_eval`).
 * @throws Error naming the entry, and what to say instead
 */
export function readTimmConfig(config: Config): ConfiguredInput {
  // an empty or missing entry is the default, as in Python's `get(…) or …`
  const entry = (name: keyof typeof DEFAULTS): unknown => config[name] || DEFAULTS[name];
  const [sizes, mode, crop] = [entry('input_size'), entry('crop_mode'), number('crop_pct', entry('crop_pct'))];
  const [channels, height, width] = Array.isArray(sizes) ? (sizes as unknown[]) : [];
  if (channels !== 3 || height !== width) throw cannot('input_size', sizes);
  const size = number('input_size', height);
  const over = Math.floor(size / crop) - size;
  if (mode !== 'center' && mode !== 'squash') throw cannot('crop_mode', mode);
  return {
    size,
    cropFraction: crop,
    ...(mode === 'squash' && { resize: squashOf(over) }),
    interpolation: filterOf('interpolation', entry('interpolation')),
    preprocess: levels(
      { channels: 'RGB', mean: three('mean', entry('mean')), std: three('std', entry('std')) },
      1 / 255,
    ),
  };
}

/**
 * Picks how to crop after squashing: if the number of pixels left over is even, both halves are equal, however one
 * rounds.
 */
function squashOf(over: number): Resize {
  if (!over) return 'squash';
  return over % 2 ? 'squash-crop-even' : 'squash-crop';
}
