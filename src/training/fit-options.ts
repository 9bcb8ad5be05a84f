import type * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import type { ExtractOptions } from '../features/extract.ts';
import type { Features } from '../features/features.ts';
import { checkOptions } from '../host/option-ranges.ts';
import type { ProgressOption } from '../host/progress.ts';
import { contradictionOf, judgedOptions } from '../options/contradictions.mjs';
import { DEFAULTS, OPTIONS } from '../options/options.mjs';
import type { Epoch } from './history.ts';
import type { Schedule } from './steps/schedule.ts';

/** The options of training a head. */
export interface FitOptions {
  /**
   * `softmax` trains in epochs. `regression` goes to the optimum of a logistic regression: the validation images choose
   * its weight decay, then it is trained on them too; the head has to be one Dense layer. `auto` does both, and keeps
   * the softmax head if the validation images show that it is better (a sign test, one-sided, at 5 %), else the regression.
   * @default 'softmax'
   */
  readonly head?: (typeof OPTIONS.head.choices)[number];
  /** How many times every image is seen. @default 20 */
  readonly epochs?: number;
  /** Images per step. @default 32 */
  readonly batchSize?: number;
  /** `adamw` is Adam with `weightDecay`. @default 'adam' */
  readonly optimizer?: 'adam' | 'adamw' | 'sgd' | tf.Optimizer;
  /**
   * @default for adam and adamw 0.001, as in Keras, or less if features are large: such that one step moves a score by
   * about 1 at most (1 / mean of Σ|x|; 0.00003 for block5_pool of VGG16); for sgd 0.01
   */
  readonly learningRate?: number;
  /**
   * With `adamw`, each step first takes this times the learning rate off every weight (I. Loshchilov and F. Hutter,
   * "Decoupled Weight Decay Regularization", 2019, as Keras computes it). Biases and the scales of a normalization are
   * spared, as by `l2` and by Keras' `exclude_from_weight_decay(var_names=['bias'])`; Keras itself decays them too. 0 to
   * below 1 @default 0.004, as in Keras
   */
  readonly weightDecay?: number;
  /**
   * With `sgd`, the share of the last step that a step goes on with: v ← momentum · v − rate · gradient, which is added to
   * the weights, as in Keras. 0 to below 1 @default 0
   */
  readonly momentum?: number;
  /** Takes Nesterov's momentum: adds momentum · v − rate · gradient instead of v. @default false */
  readonly nesterov?: boolean;
  /**
   * How the learning rate changes over all steps; `plateau` multiplies it by `plateauFactor` if the validation loss has
   * not fallen for `plateauPatience` epochs, as Keras' ReduceLROnPlateau; with your own `tf.Optimizer` it has to be
   * constant. @default 'constant'
   */
  readonly schedule?: Schedule;
  /** What `plateau` multiplies the learning rate by, above 0 and below 1. @default 0.1 */
  readonly plateauFactor?: number;
  /**
   * How many epochs without a lower validation loss `plateau` waits for. @default 3; Keras' 10 are half of the usual
   * training here
   */
  readonly plateauPatience?: number;
  /** How far the validation loss has to fall, in nats, to count for `plateau`. @default 0.0001 */
  readonly plateauMinDelta?: number;
  /** How many epochs `plateau` does not count after it lowered the learning rate. @default 0 */
  readonly plateauCooldown?: number;
  /** The learning rate below which `plateau` does not go. @default 0 */
  readonly plateauMinRate?: number;
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
   * Spreads this share of each label over all K classes in training, so that the head does not grow ever surer: the
   * target of a label's class is 1 − labelSmoothing + labelSmoothing / K, as in Keras (C. Szegedy et al., "Rethinking the
   * Inception Architecture", 2016). The training loss is of these targets; validation and evaluation are of the labels
   * themselves, other than in Keras, so that losses of different settings compare. 0 to below 1 @default 0
   */
  readonly labelSmoothing?: number;
  /**
   * How much an image of each class counts in the loss, as Keras' class_weight: `balanced` makes every class count the
   * same however many images it has (N / (K · images of the class), as in scikit-learn), or K numbers in the order of
   * the class names. Validation is not weighted. @default 1 for each
   */
  readonly classWeights?: 'balanced' | readonly number[];
  /**
   * Ends each epoch with the exponential moving average of the weights over all steps, as Keras' `use_ema` with
   * SwapEMAWeights: the validation images judge the average, `restoreBest`, `patience` and `plateau` go by it, and it is
   * what the head has afterwards. The training itself goes on with the weights. @default false
   */
  readonly useEma?: boolean;
  /**
   * With `useEma`, the share of the average that each step keeps: average ← emaMomentum · average + (1 − emaMomentum) ·
   * weights, from the weights after the first step on. It is over about 1 / (1 − emaMomentum) steps; a training has to
   * be as long. 0 to below 1 @default 0.99
   */
  readonly emaMomentum?: number;
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
  labelSmoothing = DEFAULTS.labelSmoothing,
  useEma = false,
  emaMomentum = DEFAULTS.emaMomentum,
  seed = DEFAULTS.seed,
}: FitOptions) => ({
  ...{ epochs, batchSize, optimizer, schedule, mixup, labelSmoothing, seed },
  /** Undefined if no average is taken. */
  emaMomentum: useEma ? emaMomentum : undefined,
});

/**
 * Checks that options are in their ranges.
 * @throws RangeError naming the option, the expected range and the value given
 */
export function checkFitOptions(options: FitOptions): void {
  checkOptions('fit', options as Readonly<Record<string, unknown>>);
  const { head = 'softmax', validation } = options;
  if (!HEADS.includes(head)) throw new RangeError(`head: expected one of ${HEADS.join(', ')}; got "${String(head)}".`);
  const contradiction = contradictionOf(options);
  if (contradiction) throw new RangeError(contradiction);
  if (head !== 'softmax' && !validation)
    throw new RangeError(
      `head: expected validation images for ${head} to choose by; got none. Without them, take softmax.`,
    );
  const judged = judgedOptions(options);
  if (judged.length && !validation)
    throw new RangeError(`${judged.join(', ')}: expected validation data to judge by; got none.`);
}

/**
 * Checks that a moving average is over no more steps than a training has: it would mostly be the weights of the first.
 * @param n how many images there are
 * @throws RangeError naming both
 */
export function checkAverage(options: FitOptions, n: number): void {
  const { epochs, batchSize, emaMomentum } = withDefaults(options);
  if (emaMomentum === undefined) return;
  const steps = epochs * Math.ceil((options.draws ?? n) / batchSize);
  if (steps * (1 - emaMomentum) >= 1) return;
  const over = Math.round(1 / (1 - emaMomentum));
  const most = Math.floor(100 * (1 - 1 / steps)) / 100;
  throw new RangeError(
    `emaMomentum: expected ${most} or less for a training of ${steps} steps; got ${emaMomentum}, an average over about ${over}. ` +
      'It would mostly be the weights of the first steps: lower it, or train for more epochs or in smaller batches.',
  );
}
