import type { Sample } from '../data/subset.ts';
import { frozenHead } from './frozen-head.ts';
import { fineTuned } from './fine-tuned.ts';
import { regression } from './regression.ts';

/** The inputs of a row. */
export interface Trial {
  /** Training images [N], 5,000 validation images to choose by, and all test images. */
  readonly images: Sample;
  readonly seed: number;
  /** Where features are kept. */
  readonly cache: string;
  /** Runs a stage and adds its seconds to the row's. */
  time<T>(stage: string, work: () => Promise<T>): Promise<T>;
}

/** The outcome of one run of a row. */
export interface Outcome {
  /** For each test image, 1 if it was right, else 0. */
  readonly right: Uint8Array;
  /** How many numbers a row of the features has. */
  readonly width: number;
  /** Bytes of the features on disk, all views. */
  readonly disk: number;
  /** How many features were there before, so that their seconds are not known. */
  readonly kept: number;
  /** The most memory that the backbone's process held, MiB. */
  readonly backboneMiB: number;
  /** What was chosen on the validation images, in words. */
  readonly chosen?: string;
}

export interface ResultRow {
  /** A description in a sentence, for the table. */
  readonly about: string;
  /** Whether a seed changes the result; if not, one run is enough. */
  readonly seeded: boolean;
  run(trial: Trial): Promise<Outcome>;
}

const WITH_VIEWS =
  'on each training image and a view of it (mirrored, shifted by up to 10 %); tested on each picture and its mirror image';

const frozen = (size: number): ResultRow => ({
  about: `frozen, \`block5_pool\` at ${size}×${size}, Dropout 0.5 and softmax, 20 epochs`,
  seeded: true,
  run: (trial) => frozenHead(trial, size),
});

/** The rows of docs/results.md, by the name that makes each again. */
export const ROWS: Readonly<Record<string, ResultRow>> = {
  'frozen-224': frozen(224),
  'frozen-160': frozen(160),
  'frozen-128': frozen(128),
  'frozen-96': frozen(96),
  'frozen-128-views': {
    about: `frozen, \`block5_pool\` at 128×128, Dropout 0.5 and softmax, 20 epochs, ${WITH_VIEWS}`,
    seeded: true,
    run: (trial) => frozenHead(trial, 128, 2),
  },
  pools: {
    about:
      'frozen, averages at `block3_pool`, `block4_pool` and `block5_pool` at 160×160, of each picture and its mirror image, standardised; logistic regression to its optimum, decay chosen on validation images',
    seeded: false,
    run: (trial) => regression(trial, { backbone: 'vgg16', cut: 'block3_pool-block4_pool-block5_pool', size: 160 }),
  },
  'efficientnet-lite0': {
    about:
      'frozen EfficientNet-Lite0 at 224×224, of each picture and its mirror image, standardised; logistic regression to its optimum, decay chosen on validation images',
    seeded: false,
    run: (trial) => regression(trial, { backbone: 'efficientnet-lite0' }),
  },
  'fine-tuned-128': {
    about: `block 5 fine-tuned on \`block4_pool\` at 128×128, one cycle of 4 epochs, ${WITH_VIEWS}`,
    seeded: true,
    run: (trial) => fineTuned(trial, { size: 128, views: 2, epochs: 4 }),
  },
};
