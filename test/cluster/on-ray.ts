import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Found, RayNodes } from '../../src/bench/cluster/ray-nodes.ts';

/** A `graft cluster` command that runs. */
export interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }>;
}

/** Starts `graft cluster …` on a cluster. */
export function onRay(ray: RayNodes, [command, ...args]: readonly string[]): Run {
  const child = spawn(
    process.execPath,
    ['src/graft.mjs', 'cluster', command, '--ray', ray.address, ...args, '--json'],
    { env: ray.env, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const status = new Promise<number | null>((resolve) => child.once('close', resolve));
  const all = Promise.all([text(child.stdout), text(child.stderr), status]);
  return { child, ended: all.then(([stdout, stderr, code]) => ({ stdout, stderr, status: code })) };
}

export const hasEnded = ({ child }: Run): boolean => child.exitCode !== null || child.signalCode !== null;

/** Waits for a process of the cluster's, while the work runs, and picks one at random. */
export async function found(
  ray: RayNodes,
  like: RegExp,
  run: Run,
  { next, except = [] }: { readonly next: () => number; readonly except?: readonly number[] },
): Promise<Found> {
  for (;;) {
    const all = ray.processes(like).filter(({ pid }) => !except.includes(pid));
    if (all.length) return all[Math.floor(next() * all.length)];
    if (hasEnded(run)) throw new Error(`the work ended before there was a ${like}:\n${(await run.ended).stderr}`);
    await sleep(50);
  }
}

/** The head's process, which a test of nodes leaves alone. */
export const headOf = (ray: RayNodes): readonly number[] => ray.processes(/raylet .*--head/).map(({ pid }) => pid);
