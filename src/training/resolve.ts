import type * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import { checkSameClasses } from '../data/same-classes.ts';
import { extractFeatures, type ExtractOptions } from '../features/extract.ts';
import type { Features } from '../features/features.ts';
import { type Backbone, type Calibration, withInt8 } from '../models/backbone.ts';
import { factsOf } from '../models/facts.ts';
import type { Model, ModelParts } from '../models/model.ts';
import { checkHeadClasses } from './data.ts';
import { headLayers } from './steps/head-layers.ts';

export interface ResolveOptions {
  /** The calling function, named in errors. */
  readonly what: string;
  readonly validation?: Dataset | Features;
  readonly extract?: ExtractOptions;
}

/**
 * Gives the head to be trained and its features; from pictures, features are extracted first (once; found on disk
 * later).
 * @param images features, or pictures for the whole model
 * @throws Error naming both sides if model and features do not fit, or if the classes of two of them differ in order
 */
export async function headAndFeatures(
  of: Model,
  images: Dataset | Features,
  { what, validation, extract }: ResolveOptions,
): Promise<{ readonly head: tf.LayersModel; readonly train: Features; readonly validation?: Features }> {
  if (images.kind === 'features') {
    if (validation?.kind === 'dataset')
      throw new TypeError(
        'validation: expected features, as the training has; got a data set. Extract both, or hand in both as pictures.',
      );
    const head = await headFor(of, images);
    checkClasses(head, images, validation, what);
    return { head, train: images, validation };
  }
  const { backbone, head } = 'layers' in of ? await partsOf(of) : of;
  if (validation?.kind === 'features')
    throw new TypeError(
      'validation: expected a data set, as the training has; got features. Extract both, or hand in both as pictures.',
    );
  checkClasses(head, images, validation, what); // before features are computed for nothing
  const known = asTrained(backbone, head);
  const precision = extract?.precision ?? (trainedInFloat32(backbone, head) ? 'float32' : undefined);
  const { train, validation: judged } = await extractFeatures(
    known,
    { train: images, validation },
    { ...extract, precision },
  );
  return { head, train, validation: judged };
}

/** Checks that the labels of all of them number the classes in the same order. */
function checkClasses(
  head: tf.LayersModel,
  images: Dataset | Features,
  validation: Dataset | Features | undefined,
  what: string,
): void {
  checkHeadClasses(head, images, what);
  if (!validation) return;
  checkHeadClasses(head, validation, 'validation');
  const { name, classNames } = images;
  checkSameClasses('validation', { name, classNames, count: headLayers(head).classes }, validation);
}

/** Splits a whole model, which is one of TensorFlow.js; parts need none of it. */
const split = async (model: tf.LayersModel): Promise<ModelParts> =>
  (await import('../models/split.ts')).splitModel(model);

/** Splits a model; a head alone cannot take pictures. */
async function partsOf(model: tf.LayersModel): Promise<ModelParts> {
  if (model.inputs[0].shape.length !== 4 || model.inputs[0].shape[3] !== 3)
    throw new RangeError(
      `expected a model that takes pictures [n, S, S, 3], or features; "${model.name}" takes [${model.inputs[0].shape.join(', ')}].`,
    );
  return split(model);
}

/** Gives the backbone as the head knows it: in the precision that it was trained on. */
export function asTrained(backbone: Backbone, head: tf.LayersModel): Backbone {
  const { trained } = factsOf(head) ?? {};
  return !backbone.int8 && trained?.int8 && trained.base === backbone.id
    ? withInt8(backbone, trained.int8 as Calibration)
    : backbone;
}

/**
 * Whether a head was trained in float32: 8 bits would give it other features, and calibrate on the images to judge by.
 */
const trainedInFloat32 = (backbone: Backbone, head: tf.LayersModel): boolean => {
  const { trained } = factsOf(head) ?? {};
  return trained?.base === backbone.id && !trained.int8;
};

async function headFor(of: Model, features: Features): Promise<tf.LayersModel> {
  if (!('layers' in of)) return of.head;
  const takes = (model: tf.LayersModel): string => model.inputs[0].shape.slice(1).join();
  const own = features.shape.slice(1).join();
  if (takes(of) === own || of.inputs[0].shape.at(-1) !== 3) return of;
  return (await split(of)).head;
}
