import type * as tf from '@tensorflow/tfjs';
import { extractViews, type FeatureViews } from '../features/views.ts';
import type { Backbone } from '../models/backbone.ts';
import { allTraining } from './all-training.ts';
import type { Trial } from './rows.ts';

const SHIFTED = { horizontalFlip: true, widthShiftRange: 0.1, heightShiftRange: 0.1 };

/** Features of all training images and of views of them, mirrored and shifted; and of each test image and its mirror image. */
export async function withViews(
  base: tf.LayersModel | Backbone,
  { images, cache, clock }: Trial,
  views: number,
): Promise<{ train: FeatureViews; test: FeatureViews }> {
  const training = allTraining(images);
  const options = { original: true, cache };
  const train = await clock.time('features', () => extractViews(base, training, SHIFTED, { ...options, views }));
  const mirrored = { ...options, views: 2, calibration: training };
  const test = await clock.time('features', () => extractViews(base, images.test, { horizontalFlip: 1 }, mirrored));
  return { train, test };
}
