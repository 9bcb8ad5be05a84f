import * as tf from '@tensorflow/tfjs';
import type { Features } from '../../features/features.ts';
import { rowLength } from '../../features/finite.ts';
import { joinFeatures } from '../../features/join-features.ts';
import type { HeadLayers } from '../steps/head-layers.ts';
import { chooseRegression, type DecayTried, type RegressionChoice } from './chosen-regression.ts';
import { areFew, decayInFolds } from './decay-in-folds.ts';
import { type LogisticRegression, logisticRegression } from './logistic-regression.ts';

/** A regression that the validation images chose, which it was not trained on. */
export interface HeadRegression extends Pick<RegressionChoice, 'l2' | 'edge' | 'fitted'> {
  /** On the validation images. */
  readonly validation: DecayTried['validation'];
}

/** The first smaller decay that is no better ends the search: the smallest take the longest. */
const PATIENCE = 1;
/** How far above its least the loss may end: the choice needs no more. */
const TOLERANCE = { choice: 1e-3, head: 1e-4 };

/**
 * Chooses the decay by cross-entropy, the best power of ten or what lies between it and the better one beside it: of
 * few images in folds of all of them, of many on the validation images. On four sets of photos, one split each, with 4
 * to 60 validation images, their accuracy chose the same decay as their cross-entropy, or a neighbour, on three, and
 * one that cost 5 points of 100 test images on the fourth; standardised features were worse on all four.
 */
export async function chooseHeadRegression(
  train: Features,
  validation: Features,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<HeadRegression> {
  const how = { tolerance: TOLERANCE.choice, estimated: true, signal };
  const folded = areFew(train, validation) ? await decayInFolds(joinFeatures(train, validation), how) : undefined;
  const decays = folded ? { decays: [folded.l2] } : { patience: PATIENCE, between: true };
  const choice = await chooseRegression(train, validation, { ...how, ...decays, by: 'loss' });
  const { l2, fitted, tried } = choice;
  const { edge } = folded ?? choice;
  return { l2, fitted, validation: tried.find((one) => one.l2 === l2)!.validation, ...(edge && { edge }) };
}

/** Trains the chosen regression to its optimum, on training and validation images. */
export const refit = (
  train: Features,
  validation: Features,
  { l2, fitted }: Pick<HeadRegression, 'l2' | 'fitted'>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<LogisticRegression> =>
  logisticRegression(joinFeatures(train, validation), {
    ...{ l2, start: fitted, tolerance: TOLERANCE.head, estimated: true, signal },
  });

/**
 * Puts a regression into the last layer of a head: its weights are for features divided by `scale`.
 */
export function putRegression({ output }: HeadLayers, { weights, scale }: LogisticRegression): void {
  const [kernel, bias] = output.weights.map((weight) => weight.read() as tf.Variable);
  const [d, classes] = kernel.shape as [number, number];
  const values = Float32Array.from(weights.subarray(0, d * classes), (weight) => weight / scale);
  const [own, shift] = [
    tf.tensor2d(values, [d, classes]),
    tf.tensor1d(Float32Array.from(weights.subarray(d * classes, (d + 1) * classes))),
  ];
  kernel.assign(own);
  bias.assign(shift);
  tf.dispose([own, shift]);
}

/**
 * Checks that a head can hold a regression: nothing but Flatten, Dropout, which does nothing when it predicts, and a
 * Dense layer with softmax.
 * @throws RangeError naming the layers that are there, or both numbers of classes
 */
export function checkForRegression(head: tf.LayersModel, layers: HeadLayers, train: Features): void {
  const { output, classes } = layers;
  const others = head.layers.slice(1, -1).filter((layer) => !['Flatten', 'Dropout'].includes(layer.getClassName()));
  const trains = output.trainable && output.weights.length === 2;
  const length = output.weights[0].shape[0];
  if (others.length || !trains || length !== rowLength(train))
    throw new RangeError(
      `head: expected a head of one Dense layer that trains, for a regression; "${head.name}" has ` +
        `${head.layers
          .slice(1)
          .map((layer) => layer.name)
          .join(', ')}. Build it with withHead(backbone, { classes }), or take softmax.`,
    );
  if (classes !== train.classNames.length)
    throw new RangeError(
      `head: expected features that name the head's ${classes} classes, for a regression; ${train.name} has ${train.classNames.length}.`,
    );
}
