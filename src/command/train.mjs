// @ts-check
import { autoContradiction } from '../options/auto-backbone.mjs';
import { contradictionOf, judgedOptions } from '../options/contradictions.mjs';
import { flagName, OPTION_NAMES } from '../options/options.mjs';
import { checkBackboneFlags, DATA_HINT } from './flags/backbone-flags.mjs';
import { command } from './line/command.mjs';
import { folder, onOff } from './flags/flag.mjs';
import { asOptions, optionFlags } from './flags/option-flags.mjs';

export const flags = {
  ...optionFlags(OPTION_NAMES),
  save: folder('saves the classifier to this folder, or s3://…'),
  'include-backbone': onOff('copies the backbone’s weights there as well'),
  runs: folder('where the run is written down; s3://… too', { otherwise: 'runs' }),
};

export const train = command({
  usage:
    'graft train [--data NAME|FOLDER] [--backbone NAME] [--cut LAYER] [--train N] [--test N] [--epochs N] [--save FOLDER]',
  about: 'Trains a classifier on the backbone’s features, tests it on images not seen before, and records the run.',
  flags,
  operandFor: 'data',
  hint: DATA_HINT,
  check(values) {
    const { validation, save, 'include-backbone': include } = values;
    const judged = judgedOptions(asOptions(values)).map((name) => `--${flagName(name)}`);
    if (validation === 0 && judged.length)
      return `--validation: expected 1 image or more for ${judged.join(', ')} to judge by; got 0.`;
    if (include && !save) return '--include-backbone: expected --save with it; --save is missing.';
    const [options, shown] = [asOptions(values), (/** @type {string} */ name) => `--${flagName(name)}`];
    return contradictionOf(options, shown) ?? autoContradiction(options, shown) ?? checkBackboneFlags(values);
  },
  examples: [
    'graft train',
    'graft train --data cifar10 --backbone vgg16 --cut block5_pool --train 12500 --test 10000 --epochs 20 ' +
      '--precision float32 --seed 1 --json',
    'graft train --data photos/flowers --backbone vgg16 --save results/classifier',
    'graft train --data photos/flowers --backbone auto --budget 120',
    'graft train --dropout 0.3 --save results/classifier',
  ],
  readsWeights: true,
  load: () => import('./run/train.ts'),
});
