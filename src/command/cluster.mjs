// @ts-check
import { IS_CLONE } from '../home.mjs';
import { checkBackboneFlags } from './flags/backbone-flags.mjs';
import { command } from './line/command.mjs';
import { asked, flags as features } from './features.mjs';
import { folder, number, text, whole } from './flags/flag.mjs';
import { flags as sweep } from './sweep.mjs';

const out = text('PLACE', 'a folder that all nodes share, or s3://bucket/prefix');

/** How a cluster is reached, and what a shard gets from it. */
const rayFlags = {
  ray: text(
    'auto|local|ADDRESS',
    'the cluster: HOST:PORT, auto for the one that runs here, or local for a new one here that ends with the command',
    {
      otherwise: 'auto',
    },
  ),
  shards: whole('into how many shards the work is divided; four for each node or more', { otherwise: '16' }),
  cpus: number('CPUs a shard', { above: 0, otherwise: '1' }),
  gpus: number('GPUs a shard', { from: 0, otherwise: '0' }),
  retries: whole('how often a shard is tried again', { from: 0, otherwise: '5' }),
  wait: number('minutes to wait for a node that has what a shard needs', { from: 0, otherwise: '15' }),
  project: folder('where Graft lies on the nodes, at the same commit', { otherwise: 'where it lies here' }),
};

/** @param {{ readonly out?: string }} values */
const check = ({ out }) => (out ? undefined : '--out: expected a place that all nodes reach; got none.');

export const featuresFlags = { ...asked, cpu: features.cpu, block: features.block, out, ...rayFlags };

/** What the package says, which has no set-up for clusters. */
const FOR_A_CLONE = 'It needs a clone of the repository on every node: its set-up for clusters is not in the package.';

export const clusterFeatures = command({
  usage: 'graft cluster features --out PLACE [--ray auto|local|ADDRESS] [--shards N] [flags of graft features]',
  about:
    'Computes features on a Ray cluster: makes a plan, runs its shards and merges them. ' +
    (IS_CLONE ? '`npm run cluster:setup` installs what this needs.' : FOR_A_CLONE),
  flags: featuresFlags,
  check: (values) => check(values) ?? checkBackboneFlags(values),
  examples: [
    'graft cluster features --ray auto --shards 64 --cpus 4 --data cifar10 --backbone vgg19-mini --out s3://bucket/features',
  ],
  load: () => import('./run/cluster-features.ts'),
});

const { data, root, backbone, cache, cpu } = sweep;
export const sweepFlags = { data, root, backbone, cache, cpu, out, ...rayFlags };

export const clusterSweep = command({
  usage: 'graft cluster sweep GRID.json --out PLACE [--ray auto|local|ADDRESS] [--shards N]',
  about: 'Trains the runs of a sweep on a Ray cluster, in the same way as `graft cluster features` computes features.',
  flags: sweepFlags,
  operands: { value: 'GRID.json', expected: 'one file of JSON', least: 1 },
  check,
  examples: ['graft cluster sweep grid.json --ray 10.0.0.5:6379 --shards 16 --out /shared/sweep'],
  load: () => import('./run/cluster-sweep.ts'),
});
