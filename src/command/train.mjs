// @ts-check
import { backboneFlags, checkBackboneFlags, DATA_HINT } from './flags/backbone-flags.mjs';
import { command } from './command.mjs';
import { choice, folder, number, onOff, whole } from './flags/flag.mjs';

export const flags = {
  ...backboneFlags,
  train: whole('training images', { otherwise: '2500; of photos all that are not validation images' }),
  test: whole('test images', { otherwise: '1000; of photos all' }),
  validation: whole('validation images, from the training images left over', {
    from: 0,
    otherwise: 'a tenth of --train, where so many are left',
  }),
  epochs: whole('times every image is seen', { otherwise: '20' }),
  dropout: number('share of features dropped in each step', { from: 0, below: 1, otherwise: '0.5' }),
  'batch-size': whole('images a step', { otherwise: '32' }),
  'learning-rate': number('step size of the optimizer', {
    above: 0,
    otherwise: 'for adam 0.001, or less where features are large; for sgd 0.01',
  }),
  optimizer: choice(['adam', 'sgd'], 'what trains the head', { otherwise: 'adam' }),
  'class-weights': choice(['balanced'], 'makes every class count the same, however many images it has', {
    otherwise: 'each image counts the same',
  }),
  patience: whole('ends when the validation loss has not fallen for so many epochs'),
  'restore-best': onOff('goes back to the epoch with the lowest validation loss'),
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
    const { validation, patience, save, 'restore-best': best, 'include-backbone': include } = values;
    if (validation === 0 && (patience || best))
      return '--validation: expected 1 image or more for --patience and --restore-best to judge by; got 0.';
    if (include && !save) return '--include-backbone: expected --save with it; --save is missing.';
    return checkBackboneFlags(values);
  },
  examples: [
    'graft train',
    'graft train --data cifar10 --backbone vgg16 --cut block5_pool --train 12500 --test 10000 --epochs 20 ' +
      '--precision float32 --seed 1 --json',
    'graft train --data photos/flowers --backbone vgg16 --save results/classifier',
    'graft train --dropout 0.3 --save results/classifier',
  ],
  readsWeights: true,
  load: () => import('./run/train.ts'),
});
