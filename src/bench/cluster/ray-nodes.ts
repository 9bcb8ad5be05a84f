import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../../project.ts';
import type { Namespace } from './namespaces.ts';

/** A process of this cluster, with the command that started it. */
export interface Found {
  readonly pid: number;
  readonly command: string;
}

/** A Ray cluster of processes on this machine: a head that computes nothing, and nodes of one CPU each. */
export interface RayNodes {
  readonly address: string;
  /** Environment for what is to reach it; whatever is started with it is found by `processes`. */
  readonly env: NodeJS.ProcessEnv;
  /** Adds a node of one CPU, in a network of its own if one is named, with more variables if some are given. */
  addNode(namespace?: Namespace, more?: NodeJS.ProcessEnv): Promise<void>;
  /** Lists running processes of the cluster and of what was started with `env`. */
  processes(like?: RegExp): readonly Found[];
  close(): Promise<void>;
}

/** The commands of a shard's process, of the task that started it, of a node, and of the driver of all. */
export const [SHARD, TASK, RAYLET, DRIVER] = [
  /graft\.mjs .*--shard \d/,
  /^ray::run_shard/,
  /\/raylet\/raylet /,
  /driver\.py/,
];

/** How often a node tries to join. */
const MOST_TRIES = 3;

export interface RayOptions {
  /** The head's address. @default '127.0.0.1' */
  readonly host?: string;
  /** How many nodes to begin with. @default 0 */
  readonly nodes?: number;
  /** What the nodes' processes see in addition to this one's environment. @default {} */
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a head and some nodes; `close` ends them by their ids. */
export async function startRay({ host = '127.0.0.1', nodes = 0, env = {} }: RayOptions = {}): Promise<RayNodes> {
  const mark = randomUUID();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ray-')); // short: a socket's path has 107 characters
  const all = {
    ...process.env,
    ...env,
    GRAFT_TEST_CLUSTER: mark,
    RAY_AUTH_MODE: 'token',
    RAY_AUTH_TOKEN: mark.replace(/-/g, '').repeat(2),
    RAY_USAGE_STATS_ENABLED: '0',
    RAY_worker_niceness: '0', // else 15: anything else that runs on this machine would come first
  };
  const [port] = await freePorts(1);
  const address = `${host}:${port}`;
  const processes = (like = /./): readonly Found[] => marked(mark).filter(({ command }) => like.test(command));
  const start = async ({ ip, prefix }: Namespace, args: readonly string[], more = {}): Promise<void> => {
    const before = processes(RAYLET).map(({ pid }) => pid); // one that was just killed may still be among them
    const quiet = ['--block', `--node-ip-address=${ip}`, '--object-store-memory=80000000', '--disable-usage-stats'];
    const [command, ...rest] = [...prefix, path.join(ROOT, '.venv/ray/bin/ray'), 'start', ...quiet, ...args];
    const child = spawn(command, rest, {
      env: { ...all, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await isUp(child);
    while (processes(RAYLET).every(({ pid }) => before.includes(pid))) await sleep(50);
  };
  const here: Namespace = { ip: host, prefix: [] };
  const addNode = async (namespace = here, more: NodeJS.ProcessEnv = {}): Promise<void> => {
    for (let tries = 1; ; tries++)
      try {
        return await start(namespace, [`--address=${address}`, '--num-cpus=1'], more);
      } catch (error) {
        // on a busy machine the head may not answer in Ray's time
        if (tries === MOST_TRIES || !(error as Error).message.includes('Deadline Exceeded')) throw error;
      }
  };
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
    const head = ['--head', `--port=${port}`, `--temp-dir=${folder}`, '--num-cpus=0', '--include-dashboard=false'];
    await start(here, head);
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

/** Finds ports that nobody uses now. */
export async function freePorts(n: number): Promise<number[]> {
  const servers = Array.from({ length: n }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
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
