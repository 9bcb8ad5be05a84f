import { cellSignal } from '../host/host.ts';
import { type ProgressOption, progressOf } from '../host/progress.ts';
import { ROOT } from '../project.ts';
import { openPlace } from '../storage/places/place.ts';
import { runGraft } from './graft-process.ts';
import { lookAtCluster } from './look-at-cluster.ts';
import { runShards } from './ray-driver.ts';

/** The commands that can be computed on many machines. */
export type ClusterCommand = 'features' | 'sweep';

/** The flags of `graft features` or `graft sweep`, by name: `{ data: 'cifar10', batchSize: 16, out: '/shared/vgg19' }`. */
export type Flags = Readonly<Record<string, string | number | boolean | undefined>>;

/** How a job is run on a cluster. */
export interface ClusterOptions {
  /** A running cluster; `auto` for the one on this machine or in RAY_ADDRESS; `local` starts one here. */
  readonly ray: string;
  /**
   * How many shards are computed one by one, from 1. Four for each node leave little waiting at the end. @default 16
   */
  readonly shards?: number;
  /** CPUs for each shard, above 0; it computes with as many threads. @default 1 */
  readonly cpus?: number;
  /** GPUs for each shard, from 0; may be a fraction. @default 0 */
  readonly gpus?: number;
  /** How often a shard may begin again after it, its worker or its node has failed, from 0. @default 5 */
  readonly retries?: number;
  /** Minutes to wait for a node with what a shard takes, if there is none, from 0. @default 15 */
  readonly wait?: number;
  /** Where Graft lies on the nodes, at the same commit. @default where it lies here */
  readonly project?: string;
  /** @default a bar in a notebook and on a terminal */
  readonly progress?: ProgressOption;
  /** @default the cell's */
  readonly signal?: AbortSignal;
}

/** The result of the merge; `graft features --help` and `graft sweep --help` describe its other fields. */
export interface ClusterResult {
  /** A folder's full path, or s3://bucket/prefix. */
  readonly place: string;
  readonly plan: string;
  /** How many rows the features have. */
  readonly rows?: number;
  /** Pictures of the features that cannot be decoded and have no rows. */
  readonly leftOut?: readonly { readonly file: string; readonly why: string }[];
  /** The runs of a sweep. */
  readonly runs?: readonly object[];
  readonly merged: { readonly file: string };
  /** How many workers were lost on the way, alone or with their nodes; others did their shards again. */
  readonly lost: number;
}

/**
 * Computes features or a sweep on a Ray cluster: plans it here, runs every shard on some node, merges here. What is
 * done stays at the place `out`, however the call ends: the same call goes on from there. Needs `npm run
 * cluster:setup`.
 * @param flags with `out`, a place that this machine and all nodes reach: a shared folder or s3://bucket/prefix; for a
 * sweep also `grid`, its JSON file
 * @throws Error naming the shards that failed, their nodes, their exit codes, and the end of what they printed
 * @example
 * const result = await onCluster('features', { data: 'shapes10', backbone: 'vgg19-mini', out: 's3://bucket/features' },
 * { ray: 'head:6379' });
 */
export async function onCluster(
  command: ClusterCommand,
  { grid, ...flags }: Flags & { readonly out: string; readonly grid?: string },
  {
    ray,
    shards = 16,
    cpus = 1,
    gpus = 0,
    retries = 5,
    wait = 15,
    project = ROOT,
    progress,
    signal = cellSignal(),
  }: ClusterOptions,
): Promise<ClusterResult> {
  // looks beforehand for what would end the work after it was planned
  for (const hint of await lookAtCluster(ray, { cpus, gpus }, { signal })) process.stderr.write(`${hint}\n`);
  await (await openPlace(flags.out)).list('plans/');
  signal?.throwIfAborted();
  const unit = command === 'sweep' ? 'runs' : 'images';
  const onProgress = progressOf(progress, unit);
  const first = [command, ...(grid === undefined ? [] : [grid]), ...asArguments(flags)];
  const plan = await runGraft<{
    readonly plan: string;
    readonly place: string;
    readonly rows?: number;
    readonly runs?: number;
  }>([...first, '--plan', '--shards', String(shards)], { signal, onProgress });
  const later = [command, '--out', plan.place, '--plan', plan.plan];
  const { lost } = await runShards(
    { address: ray, args: later, project, shards, cpus, gpus, retries, wait: 60 * wait },
    { label: command, total: plan.rows ?? plan.runs ?? 0, unit, onProgress, signal },
  );
  const merged = await runGraft<Omit<ClusterResult, 'place' | 'lost'>>([...later, '--merge'], { signal, onProgress });
  return { place: plan.place, ...merged, lost };
}

/** Writes `{ batchSize: 8, strict: true }` as `--batch-size 8 --strict`. */
function asArguments(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === undefined || value === false) return [];
    return value === true ? [flag] : [`${flag}=${value}`];
  });
}
