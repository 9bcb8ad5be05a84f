import * as tf from '@tensorflow/tfjs';
import type { Moment } from './trainer.ts';

/** How the weights are called in a checkpoint whose head has their averages. */
const NAME = 'trained/';

export const isTrained = ({ name }: Moment): boolean => name.startsWith(NAME);

/** Names weights that a training goes on with, beside the averages that the head has. */
export const asTrained = (weights: readonly tf.Tensor[]): Moment[] =>
  weights.map((tensor, i) => ({ name: `${NAME}${i}`, tensor }));

/** The exponential moving average of variables, which takes their place between epochs. */
export interface AveragedWeights {
  /** Takes the weights after a step into the average. */
  take(): void;
  /** Puts the averages into the variables, if there are any yet. */
  show(): void;
  /** Puts the weights back into the variables, to train on. */
  hide(): void;
  /** Gives the weights, if the variables have the averages. */
  trained(): readonly Moment[];
  /** Goes on with averages that the variables have by now. @param trained the weights */
  restore(trained: readonly Moment[]): void;
  dispose(): void;
}

/**
 * Averages variables as Keras does with `use_ema` (keras/src/optimizers/base_optimizer.py; B. T. Polyak and A. B.
 * Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992): the average begins with the weights after
 * the first step.
 */
export function averagedWeights(variables: readonly tf.Variable[], momentum: number): AveragedWeights {
  let averages: tf.Tensor[] = [];
  let weights: tf.Tensor[] = []; // if the variables have the averages
  const assign = (values: readonly tf.Tensor[]): void => values.forEach((value, i) => variables[i].assign(value));
  return {
    take() {
      const before = averages;
      averages = variables.map((variable, i) =>
        before.length ? tf.tidy(() => before[i].mul(momentum).add(variable.mul(1 - momentum))) : variable.clone(),
      );
      tf.dispose(before);
    },
    show() {
      if (weights.length || !averages.length) return;
      weights = variables.map((variable) => variable.clone());
      assign(averages);
    },
    hide() {
      assign(weights);
      tf.dispose(weights);
      weights = [];
    },
    trained: () => asTrained(weights),
    restore(trained) {
      tf.dispose([averages, weights]);
      averages = trained.length ? variables.map((variable) => variable.clone()) : [];
      weights = trained.map(({ tensor }) => tensor.clone());
    },
    dispose: () => tf.dispose([averages, weights]),
  };
}
