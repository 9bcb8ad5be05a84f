import type * as tf from '@tensorflow/tfjs';
import type { Fitting } from '../data/dataset.ts';
import type { SeenPictures } from '../data/seen.ts';
import { listed } from '../text/listed.ts';
import type { Backbone } from '../models/backbone.ts';
import { seenBy, temperatureOf } from '../models/facts.ts';
import { fingerprint } from '../models/fingerprint.ts';
import type { Model } from '../models/model.ts';
import { hashOf } from '../storage/files/hash.ts';

/** Everything that turns a picture into a class. */
export interface Classifier {
  readonly kind: 'classifier';
  /** Names what it computes: backbone, head, temperature, class names, input (SHA-256, hexadecimal); as the head is now. */
  readonly id: string;
  /** The backbone, in the precision that the head was trained on. */
  readonly backbone: Backbone;
  readonly head: tf.LayersModel;
  /** K names. */
  readonly classNames: readonly string[];
  /** What the head's scores are divided by before they become probabilities; 1 if it was not fitted. */
  readonly temperature: number;
  /** Size of the pictures that it was trained on, in pixels, before upscaling. */
  readonly imageSize: readonly [height: number, width: number];
  /** The pictures that it was trained and validated on; undefined if they are not known. */
  readonly seen?: SeenPictures;
  /** How photos are brought to that size, as in training; undefined if its pictures already had it. */
  readonly fit?: Fitting;
  /** Says it in one line. */
  toString(): string;
}

/** Whether a model is a classifier already. */
export const isClassifier = (model: Model): model is Classifier => 'kind' in model && model.kind === 'classifier';

/** @throws RangeError if there are not as many names as outputs */
export function createClassifier(
  parts: Pick<Classifier, 'backbone' | 'head' | 'classNames' | 'imageSize' | 'fit'>,
): Classifier {
  const { backbone, head, classNames, imageSize, fit } = parts;
  const outputs = head.outputs[0].shape.at(-1);
  if (outputs !== classNames.length)
    throw new RangeError(
      `classifier: expected a name for each of the head's ${outputs} outputs; got ${classNames.length}, ${listed(classNames)}.`,
    );
  const text = (): string =>
    `classifier of ${classNames.length} classes: ${String(backbone)}, ${head.countParams().toLocaleString('en-US')} trained parameters`;
  return {
    kind: 'classifier',
    ...parts,
    get temperature() {
      return temperatureOf(head);
    },
    get seen() {
      return seenBy(head);
    },
    get id() {
      const temperature = temperatureOf(head);
      return hashOf([
        backbone.id,
        fingerprint(head),
        classNames,
        imageSize,
        ...(temperature === 1 ? [] : [temperature]),
        ...(fit ? [fit] : []),
      ]);
    },
    toString: text,
    [Symbol.for('nodejs.util.inspect.custom')]: text,
  };
}
