// @ts-check
import { backboneFlags, checkBackboneFlags, DATA_HINT } from './flags/backbone-flags.mjs';
import { command } from './line/command.mjs';
import { choice, namesFolder, newFileOrPlace, whole } from './flags/flag.mjs';
import { checkShardFlags, shardFlags } from './flags/shard-flags.mjs';
import { quoted } from './line/usage-error.mjs';

/** Which features to compute, and for which pictures. */
export const asked = {
  ...backboneFlags,
  split: choice(['train', 'test', 'all'], 'which images', { otherwise: 'train; of a plan all' }),
  limit: whole('only the first N images, in the order of the files'),
  size: whole('a seeded, stratified part of N images'),
  'batch-size': whole('images a batch', { otherwise: '8; on a GPU 128, or as many as its memory holds' }),
};

export const flags = {
  ...asked,
  out: newFileOrPlace(
    'FILE.npy|PLACE',
    'also writes the features [N, …] to this file, and their labels to FILE.csv; with --plan where shards are put: a folder or s3://bucket/prefix',
  ),
  ...shardFlags,
  block: whole('with --plan: images of which the features are put at once, what a kill costs', {
    otherwise: '512, or what 32 MiB hold, or an eighth of a shard',
  }),
};

/** Flags that say where things lie on this machine, whatever the plan says. */
const HERE = ['data', 'root', 'backbone'];

export const features = command({
  usage: 'graft features [--data NAME|FOLDER] [--backbone NAME] [--cut LAYER] [--limit N] [--out FILE.npy]',
  about: 'Runs the frozen backbone once over a set of images and keeps its outputs, so that later runs find them.',
  flags,
  operandFor: 'data',
  hint: DATA_HINT,
  check(values) {
    const { limit, size, plan, out, block } = values;
    const together = checkBackboneFlags(values);
    if (together) return together;
    if (limit && size) return '--limit, --size: expected one of them; got both.';
    if (plan === undefined && block !== undefined) return '--block: expected --plan with it; --plan is missing.';
    const shards = checkShardFlags(values, HERE);
    if (!shards && plan === undefined && out !== undefined && namesFolder(out))
      return `--out: expected a file to write; got ${quoted(out)}.`;
    return shards;
  },
  examples: [
    'graft features --data cifar10 --split test --limit 256 --backbone vgg16 --cut block5_pool ' +
      '--interpolation bicubic --out F.npy',
    'graft features --data cifar10 --backbone vgg16 --cut block5_pool --out /shared/features --plan --shards 8',
    'graft features --out /shared/features --plan 0123456789abcdef01234567 --shard 3/8',
    'graft features --out /shared/features --plan 0123456789abcdef01234567 --merge',
  ],
  notes: [
    'Many machines: --plan --shards N prints the plan’s ID. Each of N processes, wherever it runs, computes --shard I/N; ' +
      'you may end it and run it again at any moment. --merge then checks everything. With the ID, --data, --root and ' +
      '--backbone say where the same pictures and weights lie on this machine. docs/clusters.md says more.',
    'JSON: --plan gives { plan, place, rows, shards, blocks, set, dtype, precision, leftOut }; --shard { plan, shard, rows, found, ' +
      'computed, undecodable, seconds, engine, peakMemoryMiB }; --merge { plan, rows, missing: [{ shard, rows }], ' +
      'damaged: [{ shard, file, why }], leftOut: [{ file, why }], merged: { file, rows, undecodable, pieces, cpus } }.',
    'Exit codes: 0 everything is there; 1 refused or failed, or rows are missing; 2 a mistake in the flags; 3 the bucket ' +
      'or the folder refuses this machine; 130, 143 interrupted. After 1, 130 and 143 the same call goes on.',
  ],
  readsWeights: true,
  load: () => import('./run/features.ts'),
});
