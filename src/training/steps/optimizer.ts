import type * as tf from '@tensorflow/tfjs';
import type { Features } from '../../features/features.ts';
import { finiteRows } from '../../features/finite.ts';
import { DEFAULTS } from '../../options/options.mjs';
import type { FitOptions } from '../fit-options.ts';
import { KerasAdam, KerasSGD } from './keras-optimizers.ts';
import { type Judged, plateauRate } from './plateau.ts';
import { scheduled } from './schedule.ts';

/** How many rows the default learning rate is judged by. */
const SAMPLE = 256;

/**
 * Chooses the learning rate if none is given. Adam moves each weight by about its learning rate in a step, so it moves
 * a score by up to rate · Σ|x|. Keras' 0.001 is right for features of a few units; with the 25,088 of VGG16's
 * block5_pool (Σ|x| = 36,000) it makes training jump about, and costs 3 points of test accuracy on 2,500 images of
 * CIFAR-10.
 */
export async function chooseLearningRate(
  { optimizer = 'adam', learningRate }: FitOptions,
  of: Features,
): Promise<number | undefined> {
  if (typeof optimizer !== 'string' || learningRate !== undefined) return learningRate;
  if (optimizer === 'sgd') return 0.01;
  const count = Math.min(SAMPLE, of.shape[0]);
  // of a single view, as a step sees it: the mean of several is smaller
  const rows = await finiteRows(
    of,
    Array.from({ length: count }, (_, i) => i),
    new Int32Array(count),
  );
  let sum = 0; // by a loop: reduce takes ten times as long
  for (let i = 0; i < rows.length; i++) sum += Math.abs(rows[i]);
  return Math.min(0.001, Number((1 / Math.max(1, sum / count)).toPrecision(2)));
}

/** The weight decay of Keras' AdamW. */
const WEIGHT_DECAY = 0.004;

export function makeOptimizer(
  { optimizer = 'adam', weightDecay = WEIGHT_DECAY, momentum, nesterov }: FitOptions,
  learningRate: number | undefined,
): tf.Optimizer {
  if (typeof optimizer !== 'string') return optimizer;
  switch (optimizer) {
    case 'adam':
      return new KerasAdam(learningRate!);
    case 'adamw':
      return new KerasAdam(learningRate!, weightDecay);
    case 'sgd':
      return new KerasSGD(learningRate!, { momentum, nesterov });
    default:
      throw new RangeError(`optimizer: expected adam, adamw, sgd or a tf.Optimizer; got "${String(optimizer)}".`);
  }
}

/** Sets the learning rate before each step, and that of `plateau` before each epoch. */
export interface Rates {
  /** @param before the epochs so far @returns the epoch's rate, if it depends on those */
  ofEpoch(before: readonly Judged[]): number | undefined;
  ofStep(step: number, steps: number): void;
}

/**
 * Gives the learning rates of a training.
 * @param largest the learning rate to begin with; undefined with one's own optimizer
 */
export function ratesOf(options: FitOptions, optimizer: tf.Optimizer, largest: number | undefined): Rates {
  const { schedule = 'constant' } = options;
  scheduled(schedule, 0, 1); // names the choices
  if (schedule === 'constant') return { ofEpoch: () => undefined, ofStep() {} };
  if (largest === undefined)
    throw new RangeError(`schedule: expected the optimizer by name; one of your own has its own learning rate.`);
  const set = (rate: number): number => ((optimizer as unknown as { learningRate: number }).learningRate = rate);
  if (schedule !== 'plateau')
    return {
      ofEpoch: () => undefined,
      ofStep: (step, steps) => void set(largest * scheduled(schedule, step, steps)),
    };
  const { plateauMinRate: least = DEFAULTS.plateauMinRate } = options;
  if (least >= largest)
    throw new RangeError(
      `plateauMinRate: expected less than the learning rate, ${largest}; got ${least}. Nothing would be lowered.`,
    );
  return { ofEpoch: (before) => set(plateauRate(before, largest, options)), ofStep() {} };
}
