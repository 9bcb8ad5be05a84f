// @ts-check
import { backboneFlags, DATA_HINT } from './backbone-flags.mjs';
import { command } from './command.mjs';
import { choice, newFile, whole } from './flag.mjs';

export const flags = {
  ...backboneFlags,
  split: choice(['train', 'test'], 'which images', { otherwise: 'train' }),
  limit: whole('only the first N images, in the order of the files'),
  size: whole('a seeded, stratified part of N images'),
  'batch-size': whole('images a batch', { otherwise: '8; on a GPU 128, or as many as its memory holds' }),
  out: newFile('FILE.npy', 'also writes the features [N, …] to this file'),
};

export const features = command({
  usage: 'graft features [--data NAME|FOLDER] [--backbone NAME] [--cut LAYER] [--limit N] [--out FILE.npy]',
  about: 'Runs the frozen backbone once over a set of images and keeps its outputs, which later runs find there.',
  flags,
  hint: DATA_HINT,
  check: ({ limit, size }) => (limit && size ? '--limit, --size: expected one of them; got both.' : undefined),
  examples: [
    'graft features --data cifar10 --split test --limit 256 --backbone vgg16 --cut block5_pool ' +
      '--kernel bicubic --out F.npy',
  ],
  readsWeights: true,
  load: () => import('./run/features.ts'),
});
