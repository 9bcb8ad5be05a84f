import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../../src/project.ts';

/** A process of this test's, by what it was started with. */
export interface Found {
  readonly pid: number;
  readonly command: string;
}

/** A Ray cluster of processes on this machine: a head that computes nothing, and nodes of one CPU each. */
export interface RayNodes {
  readonly address: string;
  /** For what shall reach it; whatever is started with it is found by `processes`. */
  readonly env: NodeJS.ProcessEnv;
  addNode(): Promise<void>;
  /** Running processes of the cluster and of what was started with `env`. */
  processes(like?: RegExp): readonly Found[];
  close(): Promise<void>;
}

/** Of a shard's process; of the task that started it; of a node; of what drives all. */
export const [SHARD, TASK, RAYLET, DRIVER] = [
  /graft\.mjs .*--shard/,
  /^ray::run_shard/,
  /\/raylet\/raylet /,
  /driver\.py/,
];

/** Starts a head and some nodes, which end with `close`, by their ids. */
export async function startRay(nodes: number, env: NodeJS.ProcessEnv = {}): Promise<RayNodes> {
  const mark = randomUUID();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ray-')); // short: a socket's path has 107 characters
  const all = {
    ...process.env,
    ...env,
    GRAFT_TEST_CLUSTER: mark,
    RAY_AUTH_MODE: 'token',
    RAY_AUTH_TOKEN: mark.replace(/-/g, '').repeat(2),
    RAY_USAGE_STATS_ENABLED: '0',
  };
  const address = `127.0.0.1:${await freePort()}`;
  const processes = (like = /./): readonly Found[] => marked(mark).filter(({ command }) => like.test(command));
  const start = async (...args: string[]): Promise<void> => {
    const before = processes(RAYLET).length;
    const quiet = ['--block', '--node-ip-address=127.0.0.1', '--object-store-memory=80000000', '--disable-usage-stats'];
    const child = spawn(path.join(ROOT, '.venv/ray/bin/ray'), ['start', ...quiet, ...args], {
      env: all,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await isUp(child);
    while (processes(RAYLET).length <= before) await sleep(50);
  };
  const addNode = (): Promise<void> => start(`--address=${address}`, '--num-cpus=1');
  const cluster: RayNodes = {
    address,
    env: all,
    addNode,
    processes,
    async close() {
      for (let left = processes(); left.length; left = processes()) {
        for (const { pid } of left) kill(pid);
        await sleep(50);
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    const [, port] = address.split(':');
    await start('--head', `--port=${port}`, `--temp-dir=${folder}`, '--num-cpus=0', '--include-dashboard=false');
    for (let i = 0; i < nodes; i++) await addNode();
  } catch (error) {
    await cluster.close();
    throw error;
  }
  return cluster;
}

/** Ends a process at once, if it is there. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already
  }
}

function isUp(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const take = (chunk: unknown): void => {
      said += String(chunk);
      if (said.includes('Ray runtime started')) resolve();
    };
    child.stdout!.on('data', take);
    child.stderr!.on('data', take);
    child.once('close', (code) => reject(new Error(`ray start ended with ${code}:\n${said}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const marked = (mark: string): readonly Found[] =>
  readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const environ = readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (!environ.includes(`GRAFT_TEST_CLUSTER=${mark}`)) return [];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(pid), command }];
    } catch {
      return []; // gone meanwhile
    }
  });
