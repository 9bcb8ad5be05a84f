import type * as tf from '@tensorflow/tfjs';
import { random, shuffle } from '../random.ts';
import type { Features } from '../features/read.ts';
import type { FeatureViews, LiveViews } from '../features/views.ts';
import type { HeadLayers } from './forward.ts';

/** What a head trains on or is tested on. */
export interface LabelledFeatures {
  /**
   * [N, …]; of several views, training draws one of each image in every epoch, and a test takes their mean; with
   * `rowsOfEpoch` every epoch has views of its own.
   */
  readonly features: Pick<Features, 'shape' | 'rows'> & Partial<Pick<FeatureViews, 'views' | 'rowsOfViews'>> & Partial<Pick<LiveViews, 'rowsOfEpoch'>>;
  /** [N], 0..K-1. */
  readonly labels: ArrayLike<number>;
}

/**
 * Checks that features, labels and head fit together.
 * @throws RangeError saying which does not
 */
export function checkData(head: tf.LayersModel, { classes }: HeadLayers, { features, labels }: LabelledFeatures, what: string): void {
  const expected = head.inputs[0].shape.slice(1);
  const got = features.shape.slice(1);
  if (expected.join() !== got.join()) {
    throw new RangeError(
      `${what}: expected features of shape [N, ${expected.join(', ')}] for the head "${head.name}"; got [${features.shape.join(', ')}]. ` +
        'Head and features come from the same split(model).',
    );
  }
  if (features.shape[0] !== labels.length) throw new RangeError(`${what}: expected as many labels as features (${features.shape[0]}); got ${labels.length}.`);
  if (!labels.length) throw new RangeError(`${what}: expected at least one image; got none.`);
  const bad = Array.from(labels).findIndex((label) => !(label >= 0 && label < classes));
  if (bad >= 0) {
    throw new RangeError(
      `${what}: the head has ${classes} classes, so labels 0..${classes - 1} are expected; image ${bad} has ${labels[bad]}. Build it with classifier(backbone, { classes }).`,
    );
  }
}

/** A seeded sample of so many images, without replacement. */
export function draw({ features, labels }: LabelledFeatures, count: number, seed: number): LabelledFeatures {
  if (!Number.isInteger(count) || count < 1 || count > labels.length) throw new RangeError(`draw: expected 1 to ${labels.length} images; got ${count}.`);
  const chosen = shuffle(Int32Array.from({ length: labels.length }, (_, i) => i), random(seed, 'draw')).slice(0, count); // prettier-ignore
  return {
    features: { shape: [count, ...features.shape.slice(1)], rows: (indices) => features.rows(Int32Array.from(indices, (i) => chosen[i])) },
    labels: Int32Array.from(chosen, (i) => labels[i]),
  };
}
