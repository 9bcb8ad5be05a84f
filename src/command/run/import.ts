import { importClassifier } from '../../classifier/import/import-classifier.ts';
import { fileExists } from '../../storage/files/read-file.ts';
import type { Run } from '../line/command.mjs';
import type { flags } from '../import.mjs';
import { UsageError } from '../line/usage-error.mjs';

export const run: Run<typeof flags> = async (values, { operands }) => {
  const { out, 'class-names': names, 'crop-fraction': cropFraction, mean, std } = values;
  const { resize, interpolation, size, layout, output } = values;
  const [from, other] = operands;
  if (other !== undefined) throw new UsageError(`expected one file or folder; got ${operands.length}.`);
  const classNames = names !== undefined && fileExists(names) ? names : names?.split(',').map((name) => name.trim());
  const preprocess = mean && std ? { mean, std, scale: 1 / 255 } : values.preprocess;
  const imported = await importClassifier(from, {
    out: out!,
    classNames,
    preprocess,
    resize,
    cropFraction,
    interpolation,
    size,
    layout,
    output,
  });
  const { classifier, folder, origin, found, remarks } = imported;
  const { imageSize, fit, id } = classifier;
  return {
    text: String(imported),
    json: { folder, origin, classNames: classifier.classNames, imageSize, fit, classifier: id, found, remarks },
  };
};
