import * as tf from '@tensorflow/tfjs';
import { ownOf } from '../../host/own.ts';

type Gradients = Parameters<tf.Optimizer['applyGradients']>[0];
type Moments = Parameters<tf.Optimizer['setWeights']>[0];

/** Keras' default epsilon. */
const EPSILON = 1e-7;

/**
 * Adam as Keras computes it (keras/src/optimizers/adam.py, and "epsilon hat" in D. Kingma and J. Ba, 2015): epsilon is
 * added before the second moment's bias is corrected, while TensorFlow.js does it the other way round. It matters if
 * gradients are small. With a weight decay it is Keras' AdamW: each step takes decay · rate off the weights first.
 */
export class KerasAdam extends tf.AdamOptimizer {
  readonly weightDecay: number;

  constructor(learningRate: number, weightDecay = 0) {
    super(learningRate, 0.9, 0.999, EPSILON);
    this.weightDecay = weightDecay;
  }

  override applyGradients(gradients: Parameters<tf.AdamOptimizer['applyGradients']>[0]): void {
    const step = (this.iterations ?? 0) + 1;
    this.epsilon = EPSILON / Math.sqrt(1 - this.beta2 ** step);
    if (this.weightDecay) {
      for (const { variable } of eachOf(gradients))
        if (isDecayed(variable)) shrink(variable, this.weightDecay * this.learningRate);
    }
    super.applyGradients(gradients);
  }
}

/** Whether a weight decay is for a variable: for kernels, and not for biases or the scales of a normalization. */
const isDecayed = ({ shape }: tf.Variable): boolean => shape.length > 1;

const shrink = (variable: tf.Variable, share: number): void =>
  tf.tidy(() => variable.assign(variable.sub(variable.mul(share))));

/**
 * Gradient descent with momentum as Keras computes it (keras/src/optimizers/sgd.py): v ← momentum · v − rate · gradient,
 * so that a rate that changes does not change what is in v; TensorFlow.js multiplies all of v by the present rate. It
 * reads its rate at each step, unlike that of TensorFlow.js, which a schedule would leave as it began.
 */
export class KerasSGD extends tf.SGDOptimizer {
  readonly momentum: number;
  readonly nesterov: boolean;
  /** In the order of the variables, as TensorFlow.js keeps moments: names differ from process to process. */
  private velocities: tf.Variable[] = [];

  constructor(learningRate: number, { momentum = 0, nesterov = false } = {}) {
    super(learningRate);
    this.momentum = momentum;
    this.nesterov = nesterov;
  }

  override applyGradients(gradients: Gradients): void {
    for (const [i, { variable, gradient }] of eachOf(gradients).entries())
      tf.tidy(() => variable.assign(this.stepOf(i, gradient).add(variable)));
    this.incrementIterations();
  }

  private stepOf(i: number, gradient: tf.Tensor): tf.Tensor {
    const own = gradient.mul(-this.learningRate);
    if (!this.momentum) return own;
    const velocity = (this.velocities[i] ??= tf.variable(tf.zerosLike(gradient), false));
    velocity.assign(velocity.mul(this.momentum).add(own));
    return this.nesterov ? velocity.mul(this.momentum).add(own) : velocity;
  }

  override dispose(): void {
    super.dispose();
    tf.dispose(this.velocities);
  }

  override async getWeights(): Promise<Moments> {
    const velocities = this.velocities.map((tensor, i) => ({ name: `${i}/momentum`, tensor }));
    return [await this.saveIterations(), ...velocities];
  }

  override async setWeights(moments: Moments): Promise<void> {
    const velocities = await this.extractIterations(moments);
    this.velocities = velocities.map(({ tensor }) => tf.variable(tensor, false));
  }
}

/** Gives the variables that gradients are for. */
function eachOf(gradients: Gradients): { variable: tf.Variable; gradient: tf.Tensor }[] {
  const { registeredVariables } = tf.engine();
  const named = Array.isArray(gradients)
    ? gradients
    : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
  return named.map(({ name, tensor }) => ({ variable: ownOf(registeredVariables, name)!, gradient: tensor }));
}
