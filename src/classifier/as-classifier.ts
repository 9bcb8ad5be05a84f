import type { Model } from '../models/model.ts';
import { type Classifier, isClassifier } from './classifier.ts';

/** Gives a model as a classifier, as `classifierOf` does; only a model that is none yet needs TensorFlow.js. */
export const asClassifier = async (model: Model): Promise<Classifier> =>
  isClassifier(model) ? model : (await import('./classifier-of.ts')).classifierOf(model);
