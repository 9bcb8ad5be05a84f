// @ts-check
import { classifierFlags } from './flags/classifier-flags.mjs';
import { command } from './line/command.mjs';
import { newFile, number, whole } from './flags/flag.mjs';

export const flags = {
  ...classifierFlags,
  out: newFile(
    'FILE.csv',
    'writes a table instead: file, class, probability, error, seen (in training or validation), and the probability of each class',
  ),
  threshold: number('names no class for a picture if the best one is less probable', { from: 0, below: 1 }),
  top: whole('classes to show for each picture', { otherwise: '3' }),
};

export const predict = command({
  usage: 'graft predict --classifier FOLDER PICTURE…',
  about:
    'Classifies pictures of any size, in the order given: files, folders with all pictures in them, or patterns. Names ' +
    'files that cannot be read and goes on with the others; the exit code is then 1.',
  flags,
  operands: { value: 'PICTURE', expected: 'one picture or more, or a folder', least: 1 },
  examples: [
    'graft predict --classifier results/classifier cat.jpg dog.png',
    'graft predict photos --out predictions.csv --threshold 0.8',
    "graft predict 'photos/**/*.webp' --json",
  ],
  readsWeights: true,
  load: () => import('./run/predict.ts'),
});
