import * as tf from '@tensorflow/tfjs';
import type { Features } from '../../features/features.ts';
import { finiteRows } from '../../features/finite.ts';
import type { FitOptions } from '../fit-options.ts';
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

/** Keras' default epsilon. */
const EPSILON = 1e-7;

/**
 * Adam as Keras computes it (keras/src/optimizers/adam.py, and "epsilon hat" in D. Kingma and J. Ba, 2015): epsilon is
 * added before the second moment's bias is corrected, while TensorFlow.js does it the other way round. It matters if
 * gradients are small.
 */
class KerasAdam extends tf.AdamOptimizer {
  override applyGradients(gradients: Parameters<tf.AdamOptimizer['applyGradients']>[0]): void {
    const step = (this.iterations ?? 0) + 1;
    this.epsilon = EPSILON / Math.sqrt(1 - this.beta2 ** step);
    super.applyGradients(gradients);
  }
}

export function makeOptimizer({ optimizer = 'adam' }: FitOptions, learningRate: number | undefined): tf.Optimizer {
  if (typeof optimizer !== 'string') return optimizer;
  if (optimizer === 'adam') return new KerasAdam(learningRate!, 0.9, 0.999, EPSILON);
  if (optimizer === 'sgd') return tf.train.sgd(learningRate!);
  throw new RangeError(`optimizer: expected adam, sgd or a tf.Optimizer; got "${String(optimizer)}".`);
}

/** Sets the learning rate before each step. */
export function scheduleRate(
  { schedule = 'constant' }: FitOptions,
  optimizer: tf.Optimizer,
  largest: number | undefined,
): (step: number, steps: number) => void {
  scheduled(schedule, 0, 1); // names the choices
  if (schedule === 'constant') return () => {};
  if (largest === undefined)
    throw new RangeError(`schedule: expected the optimizer by name; one of your own has its own learning rate.`);
  return (step, steps) =>
    ((optimizer as unknown as { learningRate: number }).learningRate = largest * scheduled(schedule, step, steps));
}
