// @ts-check
import { text, whole } from '../command/flags/flag.mjs';

export const flags = {
  seeds: text('SEEDS', 'seeds of the runs, like 4,5,6', { otherwise: '1,2,3' }),
  train: whole('training images, to try a row; nothing is written down then', { otherwise: 'all 50,000' }),
  cache: text('FOLDER', 'where features are kept', { otherwise: 'data/features' }),
};

/** The arguments of `npm run results`, and its help. */
export const results = {
  usage: 'npm run results [-- ROW] [flags]',
  about: 'Makes a row of docs/results.md again, on all of CIFAR-10; without a name it lists the rows.',
  flags,
  operands: { value: 'ROW', expected: 'a row of docs/results.md', least: 0 },
  examples: ['npm run results', 'npm run results -- frozen-224', 'npm run results -- pools --seeds 4,5,6'],
};
