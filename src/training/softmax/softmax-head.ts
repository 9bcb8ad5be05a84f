import * as tf from '@tensorflow/tfjs';
import type { Features } from '../../features/features.ts';
import { ownOf } from '../../host/own.ts';
import type { HeadLayers } from '../steps/head-layers.ts';

/** A head that is a softmax regression, with or without Dropout before it. */
export interface SoftmaxHead {
  /** [D, K] */
  readonly kernel: tf.Variable;
  /** [K] */
  readonly bias?: tf.Variable;
  /** Share of the features that is dropped, 0..1. */
  readonly dropout: number;
  /** The position of Dropout among the hidden layers, which is part of its seed. */
  readonly position: number;
  /** The factor by which the sum of the kernel's squares is added to the loss. */
  readonly l2: number;
}

/** Kernels with more numbers are left to TensorFlow, which uses all cores for one step. */
const MOST_WEIGHTS = 2 ** 22;

/**
 * Recognizes a head of Flatten, Dropout and Dense with softmax; one with anything else in a layer, a constraint say,
 * does not count.
 * @param variables the variables that train
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
