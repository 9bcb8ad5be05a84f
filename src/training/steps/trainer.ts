import type * as tf from '@tensorflow/tfjs';

/** What a step gives. */
export interface StepResult {
  /** Mean loss of the batch before the update, penalties on weights included. */
  readonly loss: number;
  /** How many of the batch were right before it. */
  readonly right: number;
}

/**
 * Takes a step on a batch.
 * @param indices [b] of the training images
 * @param labels [b], theirs, 0..K-1
 * @param seed names the step; it seeds what is random in it
 */
export type TakeStep = (indices: Int32Array, labels: Int32Array, seed: string) => StepResult | Promise<StepResult>;

/** What an optimizer remembers, under a name: the count of steps, moments of a variable. */
export interface Moment {
  readonly name: string;
  readonly tensor: tf.Tensor;
}

/** Trains a head, step by step. It begins with the weights that the head's variables hold when it is made. */
export interface Trainer {
  /** @param epoch from 1; decides which view of each image is read */
  ofEpoch(epoch: number): TakeStep;
  /** Brings the weights into the head's variables, where they are not there already. */
  settle(): void;
  /** Hands what the optimizer remembers to a function, which does not keep it. */
  moments(use: (moments: readonly Moment[]) => void): Promise<void> | void;
  /** Goes on with weights that the variables hold by now, and with what the optimizer remembered. */
  restore(moments: readonly Moment[]): Promise<void>;
  /** Leaves what the next training on the same features may take over. Nothing else is called after it. */
  end?(): void;
}
