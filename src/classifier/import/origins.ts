import type { Interpolation } from '../../pixels/interpolation.ts';
import type { Preprocessing } from '../../pixels/preprocess.ts';
import type { Resize } from '../../pixels/resize.ts';

/** A tool that classifiers come from, and what it does to every photo. */
export interface Origin {
  /** What it is called. */
  readonly origin: string;
  readonly preprocess: Preprocessing;
  readonly resize: Resize;
  readonly interpolation: Interpolation;
}

/** Levels from 0 to 2 · middle become −1 to 1. */
const around = (middle: number): Preprocessing => {
  const numbers = [middle, middle, middle] as const;
  return { channels: 'RGB', mean: numbers, std: numbers };
};

/** Keras: the sides of `image_dataset_from_directory`, and a network that takes its levels as they are. */
export const KERAS: Origin = { origin: 'Keras', preprocess: 'none', resize: 'squash', interpolation: 'bilinear' };

/**
 * Teachable Machine: a square from the middle, and level / 127 − 1 (googlecreativelab/teachablemachine-community,
 * libraries/image/src/utils/canvas.ts and tf.ts).
 */
export const TEACHABLE_MACHINE: Origin = {
  origin: 'Teachable Machine',
  preprocess: around(127),
  resize: 'crop',
  interpolation: 'bilinear',
};

/** Teachable Machine's lines for Keras: `ImageOps.fit` with LANCZOS, and level / 127.5 − 1. */
export const TEACHABLE_MACHINE_IN_KERAS: Origin = {
  origin: 'Teachable Machine, for Keras',
  preprocess: 'tf',
  resize: 'crop',
  interpolation: 'lanczos3',
};
