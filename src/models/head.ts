import * as tf from '@tensorflow/tfjs';
import { checkOptions } from '../host/option-ranges.ts';
import { DEFAULTS } from '../options/options.mjs';
import { noteFacts } from './facts.ts';
import { releaseWithLayers } from './release.ts';

/** The options of the layers that are put on a backbone. */
export interface HeadOptions {
  /** K, at least 2, or the names of the K classes, which the model then knows. */
  readonly classes: number | readonly string[];
  /**
   * Share of the last layer's inputs that is set to 0 in each training step, 0 ≤ rate < 1; 0 adds no layer.
   * @default 0.5
   */
  readonly dropout?: number;
  /** Units of fully connected layers with ReLU before the last one. @default none */
  readonly hidden?: readonly number[];
  /** Dropout before each hidden layer's weights, as `dropout`. @default 0 */
  readonly hiddenDropout?: number;
  /** Weight decay: the sum of squared weights times this is added to the loss. @default 0 */
  readonly l2?: number;
  /** Decides the hidden layers' first weights. @default 1 */
  readonly seed?: number;
}

/**
 * Adds Flatten if pictures come in, then hidden layers, Dropout and Dense with softmax. The last layer starts at zero,
 * the usual start of a logistic regression. On VGG's large features, Glorot's random weights would start with wrong
 * guesses (logits of ±8 on 25,088 features of VGG16, and 2.5 points of accuracy less).
 * @throws RangeError naming the option that is out of range
 */
export function addHead(
  x: tf.SymbolicTensor,
  {
    classes: given,
    dropout = DEFAULTS.dropout,
    hidden = DEFAULTS.hidden,
    hiddenDropout = DEFAULTS.hiddenDropout,
    l2 = DEFAULTS.l2,
    seed = DEFAULTS.seed,
  }: HeadOptions,
): tf.SymbolicTensor {
  const classes = typeof given === 'object' ? given.length : given;
  checkOptions('withHead', { classes, dropout, hiddenDropout, l2, hidden, seed });
  const kernelRegularizer = (): { kernelRegularizer?: ReturnType<typeof tf.regularizers.l2> } =>
    l2 ? { kernelRegularizer: tf.regularizers.l2({ l2 }) } : {};
  const drop = (name: string, rate: number): void => {
    if (rate > 0) x = tf.layers.dropout({ name, rate }).apply(x) as tf.SymbolicTensor;
  };
  if (x.rank > 2) x = tf.layers.flatten({ name: 'flatten' }).apply(x) as tf.SymbolicTensor;
  hidden.forEach((units, i) => {
    drop(`hidden_dropout_${i + 1}`, hiddenDropout);
    const kernelInitializer = tf.initializers.glorotUniform({ seed: seed * 1000 + i });
    x = tf.layers
      .dense({ name: `hidden_${i + 1}`, units, activation: 'relu', kernelInitializer, ...kernelRegularizer() })
      .apply(x) as tf.SymbolicTensor;
  });
  drop('dropout', dropout);
  return tf.layers
    .dense({ name: 'dense', units: classes, activation: 'softmax', kernelInitializer: 'zeros', ...kernelRegularizer() })
    .apply(x) as tf.SymbolicTensor;
}

/**
 * Makes a head for features, without the backbone that they come from.
 * @param shape the shape of one image's features: [7, 7, 512] or [4096], say
 * @example
 * const head = buildHead(train.shape.slice(1), { classes: train.classNames, hidden: [32] });
 */
export function buildHead(shape: readonly number[], options: HeadOptions): tf.LayersModel {
  checkOptions('buildHead', { shape });
  const input = tf.input({ shape: [...shape] });
  const head = releaseWithLayers(tf.model({ inputs: input, outputs: addHead(input, options), name: 'head' }));
  return typeof options.classes === 'number' ? head : noteFacts(head, { classNames: options.classes });
}
