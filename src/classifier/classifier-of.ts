import { inFloat32 } from '../models/backbone.ts';
import { factsOf } from '../models/facts.ts';
import type { Model } from '../models/model.ts';
import { splitModel } from '../models/split.ts';
import { asTrained } from '../training/resolve.ts';
import { type Classifier, createClassifier, isClassifier } from './classifier.ts';

/**
 * Gives a trained model as a classifier; it knows its class names and the size of its pictures from its training.
 * @param model a whole model, or `splitModel(model)`
 * @throws Error if it was not trained, so that nobody knows what its outputs mean
 * @example
 * const { classNames, imageSize } = classifierOf(model);
 */
export function classifierOf(model: Model): Classifier {
  if (isClassifier(model)) return model;
  const { backbone: frozen, head } = 'layers' in model ? splitModel(model) : model;
  const { classNames, trained } = factsOf(head) ?? {};
  if (!classNames || !trained)
    throw new Error(
      `classifier: expected a model that was trained with \`fit\`; "${head.name}" was not, so its classes have no names.`,
    );
  const base = frozen.int8 ? inFloat32(frozen) : frozen;
  if (trained.base !== base.id)
    throw new Error(
      `classifier: expected the backbone that the head was trained on, ${trained.backbone}; got ${String(frozen)}, another one.`,
    );
  return createClassifier({
    backbone: asTrained(base, head),
    head,
    classNames,
    imageSize: trained.imageSize ?? [frozen.input.size, frozen.input.size],
    ...(trained.fit && { fit: trained.fit }),
  });
}
