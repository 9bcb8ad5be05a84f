import type * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import { extractFeatures, type ExtractOptions } from '../features/extract.ts';
import type { Features } from '../features/features.ts';
import { type Backbone, type Calibration, withInt8 } from '../models/backbone.ts';
import { factsOf } from '../models/facts.ts';
import { split } from '../models/split.ts';
import type { DataFacts } from './history.ts';

/** What can be trained: a whole model, its head, or the two parts of one (a classifier). */
export type Trainable = tf.LayersModel | { readonly backbone: Backbone; readonly head: tf.LayersModel };

/**
 * The head of what is to be trained, and its features: of pictures they are extracted first (once; found on disk
 * later).
 * @param images features, or pictures for the whole model
 * @throws Error naming both sides where model and features do not fit
 */
export async function headAndFeatures(
  of: Trainable,
  images: Dataset | Features,
  { validation, extract }: { readonly validation?: Dataset | Features; readonly extract?: ExtractOptions } = {},
): Promise<{ readonly head: tf.LayersModel; readonly train: Features; readonly validation?: Features }> {
  if (images.kind === 'features') {
    if (validation?.kind === 'dataset')
      throw new TypeError(
        'validation: expected features, as the training has; got a data set. Extract both, or hand in both as pictures.',
      );
    return { head: headFor(of, images), train: images, validation };
  }
  const { backbone, head } = 'layers' in of ? wholeModel(of) : of;
  if (validation?.kind === 'features')
    throw new TypeError(
      'validation: expected a data set, as the training has; got features. Extract both, or hand in both as pictures.',
    );
  const known = asTrained(backbone, head);
  const precision = extract?.precision ?? (trainedInFloat32(backbone, head) ? 'float32' : undefined);
  const { train, validation: judged } = await extractFeatures(
    known,
    { train: images, validation },
    { ...extract, precision },
  );
  return { head, train, validation: judged };
}

/** A model is split; a head alone cannot take pictures. */
function wholeModel(model: tf.LayersModel): { backbone: Backbone; head: tf.LayersModel } {
  if (model.inputs[0].shape.length !== 4 || model.inputs[0].shape[3] !== 3)
    throw new RangeError(
      `expected a model that takes pictures [n, S, S, 3], or features; "${model.name}" takes [${model.inputs[0].shape.join(', ')}].`,
    );
  return split(model);
}

/** The backbone as the head knows it: in the precision that it was trained on. */
export function asTrained(backbone: Backbone, head: tf.LayersModel): Backbone {
  const { trained } = factsOf(head) ?? {};
  return !backbone.int8 && trained?.int8 && trained.base === backbone.id
    ? withInt8(backbone, trained.int8 as Calibration)
    : backbone;
}

/** Such a head would get other features from 8 bits, and the images to judge by would be calibrated on. */
const trainedInFloat32 = (backbone: Backbone, head: tf.LayersModel): boolean => {
  const { trained } = factsOf(head) ?? {};
  return trained?.base === backbone.id && !trained.int8;
};

function headFor(of: Trainable, features: Features): tf.LayersModel {
  if (!('layers' in of)) return of.head;
  const takes = (model: tf.LayersModel): string => model.inputs[0].shape.slice(1).join();
  const own = features.shape.slice(1).join();
  if (takes(of) === own || of.inputs[0].shape.at(-1) !== 3) return of;
  return split(of).head;
}

/** Of features, what a record says. */
export const dataFacts = ({ id, name, shape, views, origin }: Features): DataFacts => ({
  id,
  name,
  n: shape[0],
  views,
  ...(origin && { origin }),
});
