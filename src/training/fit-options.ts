import type * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import type { ExtractOptions } from '../features/extract.ts';
import type { Features } from '../features/features.ts';
import { checkOptions } from '../host/option-ranges.ts';
import type { ProgressOption } from '../host/progress.ts';
import { DEFAULTS } from '../options/options.mjs';
import type { Epoch } from './history.ts';
import type { Schedule } from './steps/schedule.ts';

/** How a head is trained. */
export interface FitOptions {
  /** Times that every image is seen. @default 20 */
  readonly epochs?: number;
  /** Images a step. @default 32 */
  readonly batchSize?: number;
  /** @default 'adam' */
  readonly optimizer?: 'adam' | 'sgd' | tf.Optimizer;
  /**
   * @default for adam 0.001, as in Keras, or less where features are large: such that one step moves a score by about 1
   * at most (1 / mean of Σ|x|; 0.00003 for block5_pool of VGG16); for sgd 0.01
   */
  readonly learningRate?: number;
  /**
   * How the learning rate goes over all steps; with a `tf.Optimizer` of one's own it has to be constant. @default
   * 'constant'
   */
  readonly schedule?: Schedule;
  /**
   * Draws this many images an epoch at random, with replacement, instead of taking each once: as the original notebook
   * did with 12,500. @default every image once
   */
  readonly draws?: number;
  /**
   * Mixes each image's features and label with those of another one of its batch, in shares from Beta(α, α), 0..1 (H.
   * Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2018, on features). Training accuracy then counts the
   * image with its own label only. @default 0
   */
  readonly mixup?: number;
  /**
   * How much an image of each class counts in the loss, as Keras' class_weight: `balanced` makes every class count the
   * same however many images it has (N / (K · images of the class), as scikit-learn has it), or K numbers in the order
   * of the class names. Validation is not weighted. @default 1 of each
   */
  readonly classWeights?: 'balanced' | readonly number[];
  /** Judged after every epoch, and never trained on: features, or pictures where the training has pictures. */
  readonly validation?: Features | Dataset;
  /** Ends when the validation loss has not fallen for this many epochs. @default never */
  readonly patience?: number;
  /** Goes back to the weights of the epoch with the lowest validation loss at the end. @default false */
  readonly restoreBest?: boolean;
  /** Seeds the order of images and dropout: the same seed gives the same history. @default 1 */
  readonly seed?: number;
  /**
   * A file that holds the state after each epoch. Where it is there, training goes on from it, with the history that an
   * undisturbed run has; with another head, data or options it is an error.
   */
  readonly checkpoint?: string;
  /** Where pictures come in: how their features are extracted. */
  readonly extract?: ExtractOptions;
  /** Called after every epoch; a promise is waited for. */
  readonly onEpoch?: (epoch: Epoch, history: readonly Epoch[]) => void | Promise<void>;
  /**
   * A bar of its own in a notebook and on a terminal, false for none, or a function. @default a bar, where nobody asks
   * for epochs
   */
  readonly progress?: ProgressOption;
  /** Ends training after the step in flight; the weights so far are kept. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/** Options with what counts where they are not given. */
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
 * Holds options to their ranges.
 * @throws RangeError naming the option, what was expected and what came
 */
export function checkFitOptions(options: FitOptions): void {
  checkOptions('fit', options as Readonly<Record<string, unknown>>);
  const { patience, restoreBest, validation } = options;
  if ((patience !== undefined || restoreBest) && !validation)
    throw new RangeError('patience, restoreBest: expected validation data to judge by; got none.');
}
