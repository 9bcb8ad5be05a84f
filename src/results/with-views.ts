import type * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import { join } from '../data/join.ts';
import type { Sample } from '../data/subset.ts';
import { extractViews, type FeatureViews } from '../features/views.ts';
import type { Backbone } from '../models/backbone.ts';
import type { Trial } from './rows.ts';

const SHIFTED = { horizontalFlip: true, widthShiftRange: 0.1, heightShiftRange: 0.1 };

/** Extracts features of each picture and its mirror image, in 8 bits as for the training images. */
export const withMirrored = (
  base: tf.LayersModel | Backbone,
  images: Dataset,
  calibration: Dataset,
  { cache, time }: Trial,
): Promise<FeatureViews> =>
  time('features', () =>
    extractViews(base, images, { horizontalFlip: 1 }, { views: 2, original: true, cache, calibration }),
  );

/**
 * Extracts features of all training images and of mirrored and shifted views of them, and of each test image and its
 * mirror image.
 */
export async function withViews(
  base: tf.LayersModel | Backbone,
  trial: Trial,
  views: number,
): Promise<{ train: FeatureViews; test: FeatureViews }> {
  const { images, cache, time } = trial;
  const training = allTraining(images);
  const train = await time('features', () => extractViews(base, training, SHIFTED, { views, original: true, cache }));
  return { train, test: await withMirrored(base, images.test, training, trial) };
}

/** Joins the training images and the validation images: nothing else is left once everything is chosen. */
export const allTraining = ({ train, validation }: Sample): Dataset =>
  validation ? join([train, validation], { name: 'training and validation images' }) : train;
