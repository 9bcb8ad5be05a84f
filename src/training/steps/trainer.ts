import type * as tf from '@tensorflow/tfjs';

/** The result of a step. */
export interface StepResult {
  /** The mean loss of the batch before the update, including penalties on weights. */
  readonly loss: number;
  /** How many images of the batch were right before the update. */
  readonly right: number;
}

/**
 * Takes a step on a batch.
 * @param indices [b], positions among the training images
 * @param labels [b], their labels, 0..K-1
 * @param seed names the step; it seeds everything random in it
 */
export type TakeStep = (indices: Int32Array, labels: Int32Array, seed: string) => StepResult | Promise<StepResult>;

/** What an optimizer remembers, under a name: the count of steps, or the moments of a variable. */
export interface Moment {
  readonly name: string;
  readonly tensor: tf.Tensor;
}

/** Trains a head, step by step. It starts with the weights in the head's variables at the time when it is made. */
export interface Trainer {
  /** @param epoch from 1; decides which view of each image is read */
  ofEpoch(epoch: number): TakeStep;
  /** Sees to it that the head's variables have the weights, or with `emaMomentum` their averages. */
  settle(): void;
  /** Passes what the optimizer remembers to a function, which does not keep it. */
  moments(use: (moments: readonly Moment[]) => void): Promise<void> | void;
  /** Continues with what the variables hold by now, and with what the optimizer remembered. */
  restore(moments: readonly Moment[]): Promise<void>;
  /** Leaves what the next training on the same features can take over. Nothing else is called afterwards. */
  end?(): void;
}
