import type * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import type { ExtractOptions } from '../features/extract.ts';
import type { Features } from '../features/features.ts';
import { checkOptions } from '../host/option-ranges.ts';
import type { ProgressOption } from '../host/progress.ts';
import { headContradiction } from '../options/head-kinds.mjs';
import { DEFAULTS, OPTIONS } from '../options/options.mjs';
import type { Epoch } from './history.ts';
import type { Schedule } from './steps/schedule.ts';

/** The options of training a head. */
export interface FitOptions {
  /**
   * `softmax` trains in epochs. `regression` goes to the optimum of a logistic regression: the validation images choose
   * its weight decay, then it is trained on them too; the head has to be one Dense layer. `auto` does both, and keeps
   * the one that gets more validation images right (the regression if they are equal). @default 'softmax'
   */
  readonly head?: (typeof OPTIONS.head.choices)[number];
  /** How many times every image is seen. @default 20 */
  readonly epochs?: number;
  /** Images per step. @default 32 */
  readonly batchSize?: number;
  /** @default 'adam' */
  readonly optimizer?: 'adam' | 'sgd' | tf.Optimizer;
  /**
   * @default for adam 0.001, as in Keras, or less if features are large: such that one step moves a score by about 1 at
   * most (1 / mean of Σ|x|; 0.00003 for block5_pool of VGG16); for sgd 0.01
   */
  readonly learningRate?: number;
  /**
   * How the learning rate changes over all steps; with your own `tf.Optimizer` it has to be constant. @default
   * 'constant'
   */
  readonly schedule?: Schedule;
  /**
   * Draws this many images an epoch at random, with replacement, instead of taking each once, as the original notebook
   * did with 12,500. @default every image once
   */
  readonly draws?: number;
  /**
   * Mixes each image's features and label with those of another one of its batch, in shares from Beta(α, α), 0..1 (H.
   * Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2018, on features). Training accuracy then compares only
   * with the image's own label. @default 0
   */
  readonly mixup?: number;
  /**
   * How much an image of each class counts in the loss, as Keras' class_weight: `balanced` makes every class count the
   * same however many images it has (N / (K · images of the class), as in scikit-learn), or K numbers in the order of
   * the class names. Validation is not weighted. @default 1 for each
   */
  readonly classWeights?: 'balanced' | readonly number[];
  /** Judged after every epoch, and never trained on: features, or pictures if the training uses pictures. */
  readonly validation?: Features | Dataset;
  /** Ends training when the validation loss has not fallen for this many epochs. @default never */
  readonly patience?: number;
  /** Goes back to the weights of the epoch with the lowest validation loss at the end. @default false */
  readonly restoreBest?: boolean;
  /** Seeds the order of images and dropout: the same seed gives the same history. @default 1 */
  readonly seed?: number;
  /**
   * A file that holds the state after each epoch. If it exists, training resumes from it, with the same history as an
   * undisturbed run; with another head, data or options it is an error.
   */
  readonly checkpoint?: string;
  /** How features are extracted, if the images are pictures. */
  readonly extract?: ExtractOptions;
  /** Called after every epoch; if it returns a promise, training waits for it. */
  readonly onEpoch?: (epoch: Epoch, history: readonly Epoch[]) => void | Promise<void>;
  /**
   * Its own bar in a notebook and on a terminal, false for none, or a function. @default a bar, if there is no
   * `onEpoch`
   */
  readonly progress?: ProgressOption;
  /** Ends training after the step in flight; the weights so far are kept. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

const HEADS: readonly string[] = OPTIONS.head.choices;

/** Fills in the defaults of options that are not given. */
export const withDefaults = ({
  epochs = DEFAULTS.epochs,
  batchSize = DEFAULTS.batchSize,
  optimizer = DEFAULTS.optimizer,
  schedule = DEFAULTS.schedule,
  mixup = DEFAULTS.mixup,
  seed = DEFAULTS.seed,
}: FitOptions): Required<Pick<FitOptions, 'epochs' | 'batchSize' | 'optimizer' | 'schedule' | 'mixup' | 'seed'>> => ({
  epochs,
  batchSize,
  optimizer,
  schedule,
  mixup,
  seed,
});

/**
 * Checks that options are in their ranges.
 * @throws RangeError naming the option, the expected range and the value given
 */
export function checkFitOptions(options: FitOptions): void {
  checkOptions('fit', options as Readonly<Record<string, unknown>>);
  const { head = 'softmax', patience, restoreBest, validation } = options;
  if (!HEADS.includes(head)) throw new RangeError(`head: expected one of ${HEADS.join(', ')}; got "${String(head)}".`);
  const contradiction = headContradiction(options);
  if (contradiction) throw new RangeError(contradiction);
  if (head !== 'softmax' && !validation)
    throw new RangeError(
      `head: expected validation images for ${head} to choose by; got none. Without them, take softmax.`,
    );
  if ((patience !== undefined || restoreBest) && !validation)
    throw new RangeError('patience, restoreBest: expected validation data to judge by; got none.');
}
