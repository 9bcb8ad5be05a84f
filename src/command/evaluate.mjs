// @ts-check
import { backboneFlags, DATA_HINT } from './backbone-flags.mjs';
import { classifierFlags } from './classifier-flags.mjs';
import { command } from './command.mjs';
import { choice, folder, whole } from './flag.mjs';

export const flags = {
  ...classifierFlags,
  data: backboneFlags.data,
  'test-share': backboneFlags['test-share'],
  strict: backboneFlags.strict,
  split: choice(['test', 'train', 'all'], 'which images', { otherwise: 'test' }),
  size: whole('a seeded, stratified part of N images', { otherwise: 'all of them' }),
  seed: whole('of that part, and of the choice of photos to test on', { from: 0, otherwise: '1' }),
  engine: backboneFlags.engine,
  cache: backboneFlags.cache,
  out: folder('where the report goes: evaluation.html and evaluation.json', { otherwise: 'results/evaluation' }),
};

export const evaluate = command({
  usage: 'graft evaluate --classifier FOLDER [--data NAME|FOLDER] [--split test|train|all] [--out FOLDER]',
  about:
    'Tests a saved classifier on labelled images: accuracy, recall of each class, confusion matrix, how far its ' +
    'probabilities can be trusted, its surest mistakes.',
  flags,
  hint: DATA_HINT,
  examples: [
    'graft evaluate --classifier results/classifier --data cifar10',
    'graft evaluate --data photos/new-flowers --split all --out results/new-flowers',
    'graft evaluate --data cifar10-sample --size 500 --json',
  ],
  readsWeights: true,
  load: () => import('./run/evaluate.ts'),
});
