import { exportClassifier } from '../../classifier/export/export-classifier.ts';
import type { Run as TrainingRun } from '../../experiments/runs.ts';
import { readSealed } from '../../storage/files/sealed-json.ts';
import type { Run } from '../line/command.mjs';
import type { flags } from '../export.mjs';

export const run: Run<typeof flags> = async ({
  classifier = 'results/classifier',
  weights,
  to = 'onnx',
  out,
  run: file,
}) => {
  const run = file === undefined ? undefined : readSealed<TrainingRun>(file);
  const exported = await exportClassifier(classifier, { to, out: out!, run, weights });
  return { text: String(exported), json: exported };
};
