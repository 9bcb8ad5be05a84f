// @ts-check
import { backboneFlags, checkBackboneFlags, DATA_HINT } from './flags/backbone-flags.mjs';
import { command } from './line/command.mjs';
import { choice, newFile, text, whole } from './flags/flag.mjs';

export const flags = {
  ...backboneFlags,
  split: choice(['all', 'train', 'test'], 'which images', { otherwise: 'all' }),
  size: whole('a seeded, stratified part of N images', { otherwise: 'all of them' }),
  folds: whole('parts; each is tested on once by what was trained on the others', { from: 2, otherwise: '5' }),
  repeats: whole('how often all images are dealt out and judged', { otherwise: '1' }),
  groups: {
    ...text(
      'duplicates|none|COLUMN|FILE.csv',
      'which images lie in one fold: duplicates are those nearly the same to the network; COLUMN those with the same value in a table, like the same patient; FILE.csv those with the same group in a table of files and groups',
      { otherwise: 'duplicates' },
    ),
    expected: 'duplicates, none, a column of the table of pictures, or a table FILE.csv of files and groups',
  },
  out: newFile('FILE.json', 'writes the result to this file as well, with every mistake'),
};

export const crossvalidate = command({
  usage: 'graft crossvalidate [--data NAME|FOLDER] [--backbone NAME] [--cut LAYER] [--folds N] [--repeats N]',
  about:
    'Says how right a classifier on the backbone’s features is on images that it has not seen, from few images: every ' +
    'image is judged by a logistic regression that was trained on the other folds.',
  flags,
  operandFor: 'data',
  hint: DATA_HINT,
  check: checkBackboneFlags,
  examples: [
    'graft crossvalidate photos/flowers',
    'graft crossvalidate --data pictures.csv --groups patient',
    'graft crossvalidate --data photos/flowers --backbone vgg16 --folds 10 --repeats 3 --json',
  ],
  notes: [
    'JSON: { accuracy, interval, n, folds: [{ repeat, fold, accuracy, n }], remarks, groups: { by, n }, classReport, mistakes, data, backbone }; ' +
      'the interval counts that folds share their training images.',
  ],
  readsWeights: true,
  load: () => import('./run/crossvalidate.ts'),
});
