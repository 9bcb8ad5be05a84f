// @ts-check
import { backboneFlags, DATA_HINT } from './flags/backbone-flags.mjs';
import { classifierFlags } from './flags/classifier-flags.mjs';
import { command } from './line/command.mjs';
import { choice, folder, number, onOff, whole } from './flags/flag.mjs';

export const flags = {
  ...classifierFlags,
  data: backboneFlags.data,
  path: backboneFlags.path,
  label: backboneFlags.label,
  root: backboneFlags.root,
  'class-folders': backboneFlags['class-folders'],
  strict: backboneFlags.strict,
  split: choice(['test', 'train', 'all'], 'which images; those of a test that it has seen in training are left out', {
    otherwise: 'test; of photos in no splits all that it has not seen',
  }),
  size: whole('a seeded, stratified part of N images', { otherwise: 'all of them' }),
  seed: whole('of that part, and of the photos that --test-share sets apart', { from: 0, otherwise: '1' }),
  'test-share': number('share of the photos that a seed sets apart to test on, where they are in no splits', {
    above: 0,
    below: 1,
    otherwise: 'all that it has not seen; where that is not known as in its training, else 0.2',
  }),
  nearest: onOff(
    'computes features of training pictures that are not kept, so that the most similar ones stand beside each mistake',
  ),
  engine: backboneFlags.engine,
  cache: backboneFlags.cache,
  out: folder('where the report goes: evaluation.html, evaluation.json, classes.csv, mistakes.csv', {
    otherwise: 'results/evaluation',
  }),
};

export const evaluate = command({
  usage: 'graft evaluate --classifier FOLDER [--data NAME|FOLDER] [--split test|train|all] [--out FOLDER]',
  about:
    'Tests a saved classifier on labelled images, and reports its accuracy, the precision, recall and F1 of each class, the ' +
    'confusion matrix, how far its probabilities can be trusted, what a threshold gains, and every mistake.',
  flags,
  operandFor: 'data',
  hint: DATA_HINT,
  examples: [
    'graft evaluate --classifier results/classifier --data cifar10',
    'graft evaluate --data photos/new-flowers --split all --out results/new-flowers',
    'graft evaluate --data cifar10-sample --size 500 --json',
  ],
  readsWeights: true,
  load: () => import('./run/evaluate.ts'),
});
