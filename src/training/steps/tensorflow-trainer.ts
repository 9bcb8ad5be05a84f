import type * as tf from '@tensorflow/tfjs';
import { random } from '../../random.ts';
import { averagedWeights, isTrained } from './averaged-weights.ts';
import type { Batches } from './batches.ts';
import { step, type StepOptions } from './step.ts';
import type { Moment, Trainer } from './trainer.ts';

/** The powers of β, kept beside the moments as Adam multiplied them up: computed anew they would round differently. */
const POWERS = ['accBeta1', 'accBeta2'] as const;

/** Trains any head, with TensorFlow.js' operations and the given optimizer. */
export function tensorflowTrainer(training: StepOptions, source: Batches, seed: number): Trainer {
  const optimizer = training.optimizer as tf.Optimizer & Partial<Record<(typeof POWERS)[number], tf.Variable>>;
  const { variables, emaMomentum } = training;
  const averages = emaMomentum === undefined ? undefined : averagedWeights(variables, emaMomentum);
  return {
    ofEpoch(epoch) {
      averages?.hide();
      const rowsOf = source.ofEpoch(epoch, random(seed, `views/${epoch}`));
      return async (indices, labels, named) => {
        const result = step(training, { rows: await rowsOf(indices), shape: source.shape, labels }, named);
        averages?.take();
        return result;
      };
    },
    settle: () => averages?.show(),
    async moments(use) {
      const moments = await optimizer.getWeights();
      const powers = POWERS.flatMap((name) => {
        const tensor = optimizer[name];
        return tensor ? [{ name, tensor }] : [];
      });
      use([...moments, ...powers, ...(averages?.trained() ?? [])]);
      moments[0]?.tensor.dispose(); // the count of steps, made for this
    },
    async restore(kept) {
      averages?.restore(kept.filter(isTrained));
      const isPower = ({ name }: Moment): boolean => (POWERS as readonly string[]).includes(name);
      const moments = kept.filter((one) => !isTrained(one));
      const copies = moments
        .filter((one) => !isPower(one))
        .map(({ name, tensor }) => ({ name, tensor: tensor.clone() }));
      await optimizer.setWeights(copies); // its variables share the copies' values
      copies.forEach(({ tensor }) => tensor.isDisposed || tensor.dispose());
      for (const { name, tensor } of moments.filter(isPower))
        optimizer[name as (typeof POWERS)[number]]?.assign(tensor);
    },
    end: () => averages?.dispose(),
  };
}
