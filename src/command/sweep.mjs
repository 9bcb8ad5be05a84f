// @ts-check
import { command } from './line/command.mjs';
import { folder, text } from './flags/flag.mjs';
import { listFlags, optionFlags } from './flags/option-flags.mjs';
import { checkShardFlags, shardFlags } from './flags/shard-flags.mjs';
import { SHARED, TRIED } from '../options/options.mjs';
import { checkBackboneFlags } from './flags/backbone-flags.mjs';

export const flags = {
  out: folder('where runs are written down, in sweeps/: a folder or s3://bucket/prefix', { otherwise: 'runs' }),
  cache: folder('where features are kept: a folder or s3://bucket/prefix', {
    otherwise: 'data/features; with --plan as --out',
  }),
  ...optionFlags(SHARED.filter((name) => name !== 'cache' && name !== 'backbone')),
  ...listFlags(TRIED),
  backbone: text('NETWORK', 'network, as for `graft train`, instead of the one in a file'),
  ...shardFlags,
};

/** Flags that say where things lie on this machine, whatever the plan says. */
const HERE = ['cache', 'data', 'root', 'backbone'];

export const sweep = command({
  usage:
    'graft sweep [GRID.json] [--data NAME|FOLDER] [--dropout N,N…] [--seed N,N…] [--out PLACE] [--plan --shards N | --plan ID --shard I/N | --plan ID --merge]',
  about:
    'Trains a head for every combination of a grid of options, on the same features, and lists them by their accuracy on the validation images, with the accuracy on the test images beside it.',
  flags,
  operands: { value: 'GRID.json', expected: 'one file of JSON', least: 0 },
  check: (values) => checkShardFlags(values, HERE) ?? checkBackboneFlags(values),
  notes: [
    'Without a file, flags of `graft train` make the sweep; those of head and training take several values, and every combination is a run: ' +
      '--dropout 0,0.5 --seed 1,2. Where a value is a list, strokes stand between values: --hidden 256,64/128/none.',
    'With a file, flags add what it does not say; what stands in both is refused, but for --data, --root, --backbone and --cache, which count.',
    'GRID.json: {"data": "cifar10", "backbone": "vgg16", "cut": "block5_pool", "train": 2500, "test": 1000, "epochs": 20, "grid": ' +
      '{"dropout": [0, 0.2, 0.5], "learningRate": [0.001, 0.0001], "seed": [1, 2, 3]}}.',
    `Once, for the whole sweep: ${SHARED.join(', ')}; seed, which seeds the training too where the grid has no seeds.`,
    `A value for all runs, or in the grid a list of values to try: ${TRIED.filter((name) => name !== 'seed').join(', ')}; in the ` +
      'grid seed and train too. All mean what the flags of `graft train` mean.',
    'Where validation images choose the best run, the `graft train` line that makes it again is printed as well.',
    'Every finished run is kept: the same sweep, a larger one, or one after a failure goes on from there. Many machines: ' +
      '--plan --shards N computes the features and prints the plan’s ID; each of N processes, wherever it runs, trains ' +
      '--plan ID --shard I/N; --plan ID --merge gives the same table as one machine. docs/clusters.md says more.',
    'JSON: { basis, train, runs: [{ setting, validation, accuracy, interval, n, loss }], failed: [{ setting, error }] }; --plan gives { plan, ' +
      'place, runs, shards, basis }; --shard { plan, shard, runs, found, computed, failed, seconds }; --merge { plan, ' +
      'missing: [{ shard, runs }], damaged: [{ shard, file, why }], merged: { file, cpus }, basis, runs, failed }.',
    'Exit codes: 0 everything is there; 1 refused, or runs failed or are missing; 2 a mistake in the flags; 3 the bucket ' +
      'or the folder refuses this machine; 130, 143 interrupted. After 1, 130 and 143 the same call goes on.',
  ],
  examples: [
    'graft sweep grid.json',
    'graft sweep --data photos/flowers --dropout 0,0.5 --seed 1,2',
    'graft sweep grid.json --out /shared/sweep --plan --shards 8',
    'graft sweep --out /shared/sweep --plan 0123456789abcdef01234567 --shard 3/8',
    'graft sweep --out /shared/sweep --plan 0123456789abcdef01234567 --merge',
  ],
  readsWeights: true,
  load: () => import('./run/sweep.ts'),
});
