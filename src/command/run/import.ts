import { importClassifier } from '../../classifier/import/import-classifier.ts';
import type { Run } from '../command.mjs';
import type { flags } from '../import.mjs';
import { UsageError } from '../usage-error.mjs';

export const run: Run<typeof flags> = async (values, { operands }) => {
  const { out, 'class-names': names, 'crop-fraction': cropFraction, preprocess, resize, interpolation } = values;
  const [from, other] = operands;
  if (other !== undefined) throw new UsageError(`expected one file or folder; got ${operands.length}.`);
  const classNames = names?.split(',').map((name) => name.trim());
  const imported = await importClassifier(from, {
    out: out!,
    classNames,
    preprocess,
    resize,
    cropFraction,
    interpolation,
  });
  const { classifier, folder, origin, remarks } = imported;
  const { imageSize, fit, id } = classifier;
  return {
    text: String(imported),
    json: { folder, origin, classNames: classifier.classNames, imageSize, fit, classifier: id, remarks },
  };
};
