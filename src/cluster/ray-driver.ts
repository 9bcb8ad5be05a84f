import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { duration, type Progress } from '../host/progress.ts';
import { ROOT } from '../project.ts';
import { barredText, type PartFailure, failureText, lostText, tryText } from './failures.ts';
import { counted, noRoom, notThere, RAY_PYTHON, type Seen, type Share, wrongWith } from './look-at-cluster.ts';
import { rayEnvironment } from './ray-environment.ts';

/** Seconds that a failed shard keeps its place, so that a node that cannot do it takes none from one that can. */
const PAUSE = 5;
/** Milliseconds that a driver has to end its shards after it was told to stop. */
const STOP_LIMIT = 30_000;

export interface ShardsJob extends Share {
  readonly address: string;
  /** Arguments of `graft`, to which `--shard i/N` is added. */
  readonly args: readonly string[];
  /** Where Graft lies on the nodes. */
  readonly project: string;
  readonly shards: number;
  readonly retries: number;
  /** Seconds to wait for a node that has room, if there is none. */
  readonly wait: number;
}

/** A shard that is done; times in seconds since 1970, by its node's clock. */
export interface DoneShard {
  readonly shard: number;
  readonly node: string;
  /** When its process started, at the last try. */
  readonly started: number;
  /** When it first reported progress. */
  readonly began: number;
  readonly ended: number;
}

interface Watching {
  readonly label: string;
  /** How many images or runs all shards have. */
  readonly total: number;
  readonly unit: 'images' | 'runs';
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly onDone?: (shard: DoneShard) => void;
  readonly signal: AbortSignal | undefined;
}

type Event =
  | Seen
  | (Share & {
      readonly event: 'room';
      /** `room` if a node that is not busy has room, `busy` if all are busy, `none` if none has what a shard takes. */
      readonly state: 'room' | 'busy' | 'none';
      readonly nodes: number;
      readonly fitting: number;
    })
  | ({ readonly event: 'done' } & DoneShard)
  | ({ readonly event: 'try' | 'failed' } & PartFailure)
  | { readonly event: 'lost'; readonly shard: number; readonly node: string }
  | { readonly event: 'progress'; readonly done: number; readonly nodes: number }
  | { readonly event: 'barred'; readonly nodes: readonly PartFailure[] }
  | { readonly event: 'end' | 'stopped' | 'roomless' };

/**
 * Runs the shards of a job on a Ray cluster.
 * @returns how many workers were lost on the way, whose shards others have done
 * @throws Error if not all of them are done
 */
export async function runShards(
  job: ShardsJob,
  { label, total, unit, onProgress, onDone, signal }: Watching,
): Promise<{ readonly lost: number }> {
  signal?.throwIfAborted();
  if (job.address === 'local')
    process.stderr.write(
      'ray: starting a cluster on this machine, with a token of its own; it listens on all interfaces until the work ' +
        'ends (docs/clusters.md says what to close).\n',
    );
  // a process group of its own: Ctrl-C on the terminal must not take Ray away before its shards are ended
  const driver = spawn(RAY_PYTHON, [path.join(ROOT, 'src/cluster/driver.py')], {
    detached: true,
    env: rayEnvironment(job.address),
  });
  const stop = (): void => {
    driver.stdin.end();
    setTimeout(() => driver.kill('SIGKILL'), STOP_LIMIT).unref();
  };
  signal?.addEventListener('abort', stop);
  driver.stdin.on('error', () => {}); // it has ended, which is reported below
  driver.stdin.write(`${JSON.stringify(asked(job))}\n`);
  const failures: PartFailure[] = [];
  const seen: { finished: number; lost: number; last?: Event } = { finished: 0, lost: 0 };
  const say = (line: string): unknown => process.stderr.write(`${line}\n`);
  const report = (done: number, note: string): void => onProgress?.({ label, done, total, unit, note });
  report(0, 'connecting to the cluster');
  createInterface(driver.stdout).on('line', (line) => {
    const event = JSON.parse(line) as Event;
    if (event.event === 'done') {
      seen.finished++;
      onDone?.(event);
    } else if (event.event === 'lost') {
      seen.lost++;
      say(lostText(event, unit));
    } else if (event.event === 'failed') failures.push(event);
    else if (event.event === 'try') say(tryText(event));
    else if (event.event === 'room') say(roomText(event, job));
    else if (event.event === 'progress')
      report(
        seen.finished === job.shards ? total : Math.min(event.done, total - 1),
        `${seen.finished} of ${job.shards} shards, ${counted(event.nodes, 'node')} at work` +
          (seen.lost ? `, ${counted(seen.lost, 'worker')} lost` : ''),
      );
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
  const { last, finished, lost } = seen;
  const wrong = last && isSeen(last) ? wrongWith(last, job.address) : undefined;
  if (wrong) throw new Error(wrong);
  const kept = finished
    ? `${finished} of ${job.shards} shards are done and kept: the same command goes on.`
    : 'No shard is done yet.';
  if (last?.event === 'roomless')
    throw new Error(`ray: no node with room for a shard appeared within ${duration(job.wait)} (--wait). ${kept}`);
  if (last?.event === 'barred') throw new Error(`${barredText(last.nodes)}\n\n${kept}`);
  if (last?.event !== 'end')
    throw new Error(
      `ray: the cluster or its driver has gone (${how}) with ${finished} of ${job.shards} shards done, which are kept: ` +
        `the same command goes on.\n${said.slice(-10).join('\n')}`,
    );
  if (failures.length) throw new Error(failureText(failures, job.shards));
  return { lost };
}

const asked = (job: ShardsJob): object => ({ ...job, node: process.execPath, pause: PAUSE });

const isSeen = (event: Event): event is Seen => /^(cluster|refused|mute|unreachable)$/.test(event.event);

/** Says what hinders shards from beginning, and how long to wait for it. */
function roomText(room: Extract<Event, { event: 'room' }>, job: ShardsJob): string {
  if (room.state === 'none')
    return `${noRoom(room, job)} Waiting ${duration(job.wait)} for a node that has it, a new one or an autoscaler's (--wait).`;
  const fitting = counted(room.fitting, 'node');
  return room.state === 'busy'
    ? `ray: other work has the CPUs and GPUs of the ${fitting} on which a shard fits; shards begin as it ends. Ctrl-C ends the waiting.`
    : `ray: there is room for shards again, on ${fitting}.`;
}
