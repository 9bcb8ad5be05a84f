import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Progress } from '../host/progress.ts';
import { ROOT } from '../project.ts';
import { fileExists } from '../storage/read-file.ts';
import { rayEnvironment } from './ray-environment.ts';
import { type Failure, failureText, tryText } from './failures.ts';

/** Ray's own environment, which `npm run cluster:setup` makes. */
const PYTHON = path.join(ROOT, '.venv/ray/bin/python');

/** Seconds that a shard which failed keeps its place, so that a node that cannot do it takes none from one that can. */
const PAUSE = 5;
/** Milliseconds in which a driver that was told to stop has to end its shards. */
const STOP_LIMIT = 30_000;
/** Milliseconds in which a head has to take a connection. */
const CONNECT_LIMIT = 10_000;

export interface ShardsJob {
  readonly address: string;
  /** Of `graft`, to which `--shard i/N` is added. */
  readonly args: readonly string[];
  /** Where Graft lies on the nodes. */
  readonly project: string;
  readonly shards: number;
  readonly cpus: number;
  readonly gpus: number;
  readonly retries: number;
}

/** A shard that is done; times in seconds since 1970, of its node's clock. */
export interface DoneShard {
  readonly shard: number;
  readonly node: string;
  /** Its process, the last try's. */
  readonly started: number;
  /** Its first word of progress. */
  readonly began: number;
  readonly ended: number;
}

interface Watching {
  readonly label: string;
  /** Rows or runs of all shards. */
  readonly total: number;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly onDone?: (shard: DoneShard) => void;
  readonly signal: AbortSignal | undefined;
}

type Event =
  | { readonly event: 'nodes'; readonly nodes: number; readonly fitting: number }
  | ({ readonly event: 'done' } & DoneShard)
  | ({ readonly event: 'try' | 'failed' } & Failure)
  | { readonly event: 'progress'; readonly done: number; readonly nodes: number }
  | { readonly event: 'unreachable'; readonly message: string }
  | { readonly event: 'end' | 'stopped' };

/** Runs the shards of a job on a Ray cluster. @throws Error where not all of them are done */
export async function runShards(job: ShardsJob, { label, total, onProgress, onDone, signal }: Watching): Promise<void> {
  signal?.throwIfAborted();
  if (job.address === 'local')
    process.stderr.write(
      'ray: starting a cluster on this machine, with a token of its own; it listens on all interfaces until the work ' +
        'ends (docs/clusters.md says what to close).\n',
    );
  // a group of its own: Ctrl-C on the terminal must not take Ray away before its shards are ended
  const driver = spawn(PYTHON, [path.join(ROOT, 'src/cluster/driver.py')], {
    detached: true,
    env: rayEnvironment(job.address),
  });
  const stop = (): void => {
    driver.stdin.end();
    setTimeout(() => driver.kill('SIGKILL'), STOP_LIMIT).unref();
  };
  signal?.addEventListener('abort', stop);
  driver.stdin.on('error', () => {}); // it has ended, which is told below
  driver.stdin.write(`${JSON.stringify(asked(job))}\n`);
  const failures: Failure[] = [];
  const seen: { finished: number; last?: Event } = { finished: 0 };
  createInterface(driver.stdout).on('line', (line) => {
    const event = JSON.parse(line) as Event;
    if (event.event === 'done') {
      seen.finished++;
      onDone?.(event);
    } else if (event.event === 'failed') failures.push(event);
    else if (event.event === 'try') process.stderr.write(`${tryText(event)}\n`);
    else if (event.event === 'nodes' && !event.fitting)
      process.stderr.write(
        `ray: none of ${event.nodes} nodes has ${job.cpus} CPUs and ${job.gpus} GPUs; waiting for one.\n`,
      );
    else if (event.event === 'progress')
      onProgress?.({
        label,
        done: seen.finished === job.shards ? total : Math.min(event.done, total - 1),
        total,
        note: `${seen.finished} of ${job.shards} shards, ${event.nodes} ${event.nodes === 1 ? 'node' : 'nodes'} at work`,
      });
    else seen.last = event;
  });
  const said: string[] = [];
  createInterface(driver.stderr).on('line', (line) => said.push(line));
  const how = await new Promise<string>((resolve, reject) =>
    driver
      .once('error', (cause) => reject(notThere(cause)))
      .once('close', (code, by) => resolve(by ? `ended by ${by}` : `exit code ${code}`)),
  ).finally(() => signal?.removeEventListener('abort', stop));
  signal?.throwIfAborted();
  const { last, finished } = seen;
  if (last?.event === 'unreachable') throw new Error(unreachable(job.address, last.message));
  if (last?.event !== 'end')
    throw new Error(
      `ray: the cluster or its driver has gone (${how}) with ${finished} of ${job.shards} shards done, which are kept: ` +
        `the same command goes on.\n${said.slice(-10).join('\n')}`,
    );
  if (failures.length) throw new Error(failureText(failures, job.shards));
}

/**
 * Looks, before anything is computed, whether work can be given to a cluster.
 * @throws RangeError where its address is none; Error where Ray is not installed here, or nobody listens
 */
export async function checkCluster(address: string): Promise<void> {
  const [, host, port] = /^([^/]+):(\d+)$/.exec(address) ?? [];
  if (!host && address !== 'auto' && address !== 'local')
    throw new RangeError(`ray: expected auto, local or HOST:PORT; got ${JSON.stringify(address)}.`);
  if (!fileExists(PYTHON)) throw notThere();
  if (!host) return;
  const socket = connect({ host, port: Number(port), timeout: CONNECT_LIMIT });
  try {
    await Promise.race([
      once(socket, 'connect'),
      once(socket, 'timeout').then(() => Promise.reject(new Error('no answer in 10 s'))),
    ]);
  } catch (error) {
    throw new Error(unreachable(address, (error as Error).message), { cause: error });
  } finally {
    socket.destroy();
  }
}

const asked = (job: ShardsJob): object => ({ ...job, node: process.execPath, pause: PAUSE });

const notThere = (cause?: Error): Error =>
  new Error(`ray: expected Ray's Python, ${PYTHON}; it does not start. npm run cluster:setup`, { cause });

function unreachable(address: string, message: string): string {
  const expected =
    address === 'auto' ? 'a Ray cluster on this machine or in RAY_ADDRESS' : `a Ray cluster at ${address}`;
  return (
    `ray: expected ${expected}; none answers (${message.trim().split('\n')[0]}). ` +
    'docs/clusters.md says how to start one; --ray local starts one for this work only.'
  );
}
