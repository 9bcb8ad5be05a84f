import type * as tf from '@tensorflow/tfjs';
import type { Backbone } from './backbone.ts';

/**
 * What `classifier` makes, `fit` trains and `predict` asks: a whole model, or its two parts. A Classifier has both
 * parts, so it is one too.
 */
export type Model = tf.LayersModel | ModelParts;

/** A backbone and the head on top of it. */
export interface ModelParts<B extends Backbone = Backbone> {
  readonly backbone: B;
  /** Takes the backbone's output and gives K probabilities. */
  readonly head: tf.LayersModel;
}
