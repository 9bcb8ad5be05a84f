import type * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import { checkSameClasses } from '../data/same-classes.ts';
import { type Features, pickFeatures, shapeText } from '../features/features.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { factsOf } from '../models/facts.ts';
import { random, shuffle } from '../random.ts';
import type { HeadLayers } from './steps/head-layers.ts';

/**
 * Checks that features and head fit together: their shapes, classes, and the backbone.
 * @param what what the features are for, named in errors
 * @param options.like features whose backbone these must share @default those that the head was trained on, if any
 * @throws RangeError naming both sides of what does not fit
 */
export function checkData(
  head: tf.LayersModel,
  { classes }: HeadLayers,
  of: Features,
  what: string,
  { like = trainedOn(head) }: { readonly like?: { readonly base?: string; readonly name: string } } = {},
): void {
  const expected = head.inputs[0].shape.slice(1);
  if (expected.join() !== of.shape.slice(1).join()) {
    throw new RangeError(
      `${what}: expected features of shape [N, ${expected.join(', ')}] for the head "${head.name}"; got ${shapeText(of.shape)} of ${of.name}. ` +
        'Head and features come from the same splitModel(model).',
    );
  }
  if (of.shape[0] !== of.labels.length)
    throw new RangeError(`${what}: expected as many labels as features (${of.shape[0]}); got ${of.labels.length}.`);
  if (!of.labels.length) throw new RangeError(`${what}: expected at least one image; got none.`);
  const bad = of.labels.findIndex((label) => !(label >= 0 && label < classes));
  if (bad >= 0) {
    throw new RangeError(
      `${what}: the head has ${classes} classes, so labels 0..${classes - 1} are expected; image ${bad} of ${of.name} has ${of.labels[bad]}. ` +
        'Build it with withHead(backbone, { classes }).',
    );
  }
  checkHeadClasses(head, of, what);
  const base = of.origin?.backbone.base;
  if (like?.base && base && like.base !== base)
    throw new RangeError(
      `${what}: expected features of the backbone that the head was trained on, ${like.name}; got ${of.name}.`,
    );
}

const trainedOn = (head: tf.LayersModel): { base: string; name: string } | undefined => {
  const { trained } = factsOf(head) ?? {};
  return trained && { base: trained.base, name: trained.backbone };
};

/** Gives the facts of features that {@link checkData} compares with. */
export const likeThese = ({ name, origin }: Features): { base?: string; name: string } => ({
  base: origin?.backbone.base,
  name,
});

/**
 * Checks labels of pictures or features against the classes that a head knows, if it knows them.
 * @throws RangeError naming both orders
 */
export function checkHeadClasses(head: tf.LayersModel, of: Dataset | Features, what: string): void {
  const { classNames } = factsOf(head) ?? {};
  if (classNames) checkSameClasses(what, { name: head.name, whose: "the head's classes", classNames }, of);
}

/**
 * Draws a seeded sample of `count` images, without replacement.
 * @example
 * const drawn = draw(train, 50, 1);
 */
export function draw(of: Features, count: number, seed: number): Features {
  const n = of.labels.length;
  checkOptions('draw', { seed });
  if (!Number.isInteger(count) || count < 1 || count > n)
    throw new RangeError(`draw: expected 1 to ${n} images; got ${count}.`);
  const chosen = shuffle(
    Int32Array.from({ length: n }, (_, i) => i),
    random(seed, 'draw'),
  ).slice(0, count);
  return pickFeatures(of, chosen, { name: `${of.name}, ${count} drawn (seed ${seed})` });
}
