import * as tf from '@tensorflow/tfjs';
import { logits } from '../steps/forward.ts';
import type { HeadLayers } from '../steps/head-layers.ts';
import type { Scorer } from './plain-scores.ts';

/** Computes a head's probabilities with TensorFlow.js. */
export const tensorScorer =
  (layers: HeadLayers): Scorer =>
  async (rows, shape) => {
    const said = tf.tidy(() => {
      const scores = logits(layers, tf.tensor(rows, [...shape]));
      return [tf.softmax(scores), tf.logSoftmax(scores)];
    });
    const [values, logValues] = await Promise.all(said.map((tensor) => tensor.data()));
    tf.dispose(said);
    return { values, logValues };
  };
