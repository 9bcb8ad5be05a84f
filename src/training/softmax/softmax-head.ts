import * as tf from '@tensorflow/tfjs';
import type { Features } from '../../features/features.ts';
import { ownOf } from '../../host/own.ts';
import type { HeadLayers } from '../steps/forward.ts';

/** A head that is a softmax regression, behind Dropout or not. */
export interface SoftmaxHead {
  /** [D, K] */
  readonly kernel: tf.Variable;
  /** [K] */
  readonly bias?: tf.Variable;
  /** Share of the features that is dropped, 0..1. */
  readonly dropout: number;
  /** Where Dropout stands among the hidden layers: part of its seed. */
  readonly position: number;
  /** Times the sum of the kernel's squares is added to the loss. */
  readonly l2: number;
}

/** Weights of more numbers are left to TensorFlow, which has all cores at work on one step. */
const MOST_WEIGHTS = 2 ** 22;

/**
 * Looks at a head: Flatten, Dropout, Dense with softmax are one; whatever else a layer has to it, a constraint say, is
 * none.
 * @param variables what trains
 */
export function softmaxHead(
  { hidden, output }: HeadLayers,
  variables: readonly tf.Variable[],
  of: Features,
): SoftmaxHead | undefined {
  const others = hidden.filter(({ layer }) => layer.getClassName() !== 'Flatten');
  const first = others[0]?.layer;
  if (others.length > 1 || (first && first.getClassName() !== 'Dropout')) return undefined;
  const [kernel, bias, ...more] = variables;
  const weights = output.weights.map((weight) => weight.read());
  if (more.length || variables.length !== weights.length || variables.some((one, i) => one !== weights[i]))
    return undefined;
  const length = of.shape.slice(1).reduce((a, b) => a * b, 1);
  if (kernel.shape[0] !== length || kernel.size > MOST_WEIGHTS) return undefined;
  const config = output.getConfig() as Record<string, unknown>;
  const additions = ['kernelConstraint', 'biasConstraint', 'biasRegularizer', 'activityRegularizer'];
  if (additions.some((name) => ownOf(config, name))) return undefined;
  const { className, config: penalty } = (config.kernelRegularizer ?? { className: 'L1L2', config: {} }) as {
    className: string;
    config: { l1?: number; l2?: number };
  };
  if (className !== 'L1L2' || penalty.l1) return undefined;
  return {
    kernel,
    bias,
    dropout: (first?.getConfig().rate as number | undefined) ?? 0,
    position: first ? hidden.indexOf(others[0]) : -1,
    l2: penalty.l2 ?? 0,
  };
}
