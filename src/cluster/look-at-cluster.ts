import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { IS_CLONE, placesOf, ROOT } from '../home.mjs';
import { pythonOf } from '../platform.mjs';
import { fileExists } from '../storage/files/read-file.ts';
import { rayEnvironment } from './ray-environment.ts';

/** Ray's own environment, which `npm run cluster:setup` makes. */
export const RAY_PYTHON = pythonOf(path.join(placesOf().python, 'ray'));
/** Where `ray` lies on a node, relative to Graft there, which may lie elsewhere. */
const RAY = '.venv/ray/bin/ray';
/** This many nodes are named. */
const NAMED = 5;

/** A node as the head knows it. */
interface Node {
  /** Host's name and address. */
  readonly name: string;
  readonly cpus: number;
  readonly gpus: number;
  /** Whether it takes a connection now. */
  readonly answers: boolean;
  /** Whether it is this machine. */
  readonly here: boolean;
}

/** What was found at an address; `look.py` says what each means. */
export type Seen =
  | { readonly event: 'cluster'; readonly nodes: readonly Node[] }
  | { readonly event: 'refused'; readonly mode: 'token' | 'none'; readonly token: string }
  | { readonly event: 'mute' }
  | { readonly event: 'unreachable'; readonly message: string };

/** How much of a node a shard takes. */
export interface Share {
  readonly cpus: number;
  readonly gpus: number;
}

/**
 * Looks, in seconds and before anything is computed, whether work can be given to a cluster.
 * @param address `auto`, `local` or HOST:PORT
 * @returns what to say about it: that no node has room, or that this machine is not one of its nodes
 * @throws RangeError if the address is not valid; Error if Ray is not installed here, nobody listens, the token is
 * refused, or no node answers; the signal's reason when aborted
 */
export async function lookAtCluster(
  address: string,
  share: Share,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<string[]> {
  if (!/^[^/]+:\d+$/.test(address) && address !== 'auto' && address !== 'local')
    throw new RangeError(`ray: expected auto, local or HOST:PORT; got ${JSON.stringify(address)}.`);
  if (!fileExists(RAY_PYTHON)) throw notThere();
  if (address === 'local') return [];
  signal?.throwIfAborted();
  const seen = await look(address, signal);
  const wrong = wrongWith(seen, address);
  if (wrong) throw new Error(wrong);
  return seen.event === 'cluster' ? hints(seen.nodes, address, share) : [];
}

async function look(address: string, signal: AbortSignal | undefined): Promise<Seen> {
  const child = spawn(RAY_PYTHON, [path.join(ROOT, 'src/cluster/look.py'), address], {
    detached: true, // Ctrl-C belongs to the command
    env: rayEnvironment(address),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): unknown => child.kill('SIGKILL');
  signal?.addEventListener('abort', stop);
  try {
    const [printed, said] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise((resolve, reject) => child.once('close', resolve).once('error', (cause) => reject(notThere(cause)))),
    ]);
    signal?.throwIfAborted();
    if (!printed) throw new Error(`ray: it ended while looking at ${address}:\n${said.trimEnd()}`);
    return JSON.parse(printed) as Seen;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Says why work cannot be given to what was found, and what to do; undefined if it can. */
export function wrongWith(seen: Seen, address: string): string | undefined {
  const where = address === 'auto' ? 'the cluster of this machine or of RAY_ADDRESS' : address;
  if (seen.event === 'refused') return `ray: ${where} answers, ${refusal(seen)}`;
  if (seen.event === 'mute')
    return (
      `ray: ${where} accepts a connection but does not answer as a Ray head does. Is it the head's own port (6379; not ` +
      "the dashboard's 8265 or the client's 10001)? Are RAY_USE_TLS and RAY_TLS_… the cluster's?"
    );
  if (seen.event === 'unreachable') {
    const expected =
      address === 'auto' ? 'a Ray cluster on this machine or in RAY_ADDRESS' : `a Ray cluster at ${address}`;
    return (
      `ray: expected ${expected}; none answers (${oneLine(seen.message)}). ` +
      'docs/clusters.md says how to start one; --ray local starts one for this work only.'
    );
  }
  if (seen.nodes.some(({ answers }) => answers)) return undefined;
  const nodes = seen.nodes.length
    ? `none of its ${seen.nodes.length} nodes does (${names(seen.nodes)})`
    : 'it has no nodes';
  return (
    `ray: the head of ${where} answers, ${nodes}. Start them again, on each \`${RAY} start --address=${hostOf(address)}\`, ` +
    'this machine among them; then the same command goes on. What is done is kept.'
  );
}

function refusal({ mode, token }: Extract<Seen, { event: 'refused' }>): string {
  const given =
    mode === 'none'
      ? `but wants a token, and RAY_AUTH_MODE=token is not set here${token === 'none' ? '' : ` (there is one in ${token})`}`
      : token === 'none'
        ? 'but wants a token, and none is given here'
        : `but refuses the token in ${token}`;
  return (
    `${given}. Bring the head's token here, its ~/.ray/auth_token to the same file (mode 600) or to RAY_AUTH_TOKEN, and ` +
    'run it again with RAY_AUTH_MODE=token (docs/clusters.md).'
  );
}

/** Says what may hinder the work, but need not: nodes may still come. */
function hints(nodes: readonly Node[], address: string, { cpus, gpus }: Share): string[] {
  const up = nodes.filter(({ answers }) => answers);
  const said: string[] = [];
  if (!up.some((node) => node.cpus >= cpus && node.gpus >= gpus)) {
    const most = (of: 'cpus' | 'gpus'): number => Math.max(...up.map((node) => node[of]));
    said.push(noRoom({ nodes: up.length, cpus: most('cpus'), gpus: most('gpus') }, { cpus, gpus }));
  }
  if (!up.some(({ here }) => here))
    said.push(
      `ray: none of the ${up.length} nodes (${names(up)}) seems to be this machine, which has to be one: ` +
        `\`${RAY} start --address=${hostOf(address)} --num-cpus=0\` makes it one that computes nothing.`,
    );
  return said;
}

/** Says that no node has room for a shard. @param has how many nodes there are, and the most that one of them has */
export const noRoom = (has: Share & { readonly nodes: number }, { cpus, gpus }: Share): string =>
  `ray: a shard takes ${counted(cpus, 'CPU')} and ${counted(gpus, 'GPU')} (--cpus, --gpus); of ` +
  `${counted(has.nodes, 'node')} none has that, the most is ${counted(has.cpus, 'CPU')} and ${counted(has.gpus, 'GPU')}.`;

/** Writes `1 node`, `2 nodes`. */
export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

const names = (nodes: readonly Node[]): string =>
  [...new Set(nodes.map(({ name }) => name))].slice(0, NAMED).join(', ') + (nodes.length > NAMED ? ', …' : '');

const hostOf = (address: string): string => (address === 'auto' ? 'HEAD:6379' : address);

const oneLine = (message: string): string => message.trim().replace(/\s+/g, ' ');

export const notThere = (cause?: Error): Error =>
  new Error(
    `ray: expected Ray's Python, ${RAY_PYTHON}; it does not start. ${IS_CLONE ? 'npm run cluster:setup' : 'A clone of the repository has the set-up for clusters.'}`,
    { cause },
  );
