import { execFileSync } from 'node:child_process';
import os from 'node:os';

/** Where a node of the benchmark runs: in a network of its own, on one core. */
export interface Namespace {
  readonly ip: string;
  /** What to put before a command that is to run there. */
  readonly prefix: readonly string[];
}

const [BRIDGE, NET] = ['graft-bench', '10.77.0'];

/**
 * Makes network namespaces on this machine, joined by a bridge, as cables and a switch join machines. Needs root.
 * With n cores, node i gets core i modulo n.
 */
export function makeNamespaces(n: number): {
  readonly host: string;
  readonly nodes: readonly Namespace[];
  remove(): void;
} {
  const made: string[][] = [];
  const ip = (...args: string[]): unknown => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const remove = (): void => {
    for (const args of made.splice(0).reverse()) ip(...args);
  };
  try {
    ip('link', 'add', BRIDGE, 'type', 'bridge');
    made.push(['link', 'del', BRIDGE]);
    ip('addr', 'add', `${NET}.1/24`, 'dev', BRIDGE);
    ip('link', 'set', BRIDGE, 'up');
    const nodes = Array.from({ length: n }, (_, i): Namespace => {
      const [name, outside, inside, address] = [`graft-${i}`, `graft-${i}-a`, `graft-${i}-b`, `${NET}.${10 + i}`];
      ip('netns', 'add', name);
      made.push(['netns', 'del', name]); // its cable goes with it
      ip('link', 'add', outside, 'master', BRIDGE, 'type', 'veth', 'peer', 'name', inside, 'netns', name);
      ip('link', 'set', outside, 'up');
      const within = (...args: string[]): unknown => ip('-n', name, ...args);
      within('link', 'set', 'lo', 'up');
      within('addr', 'add', `${address}/24`, 'dev', inside);
      within('link', 'set', inside, 'up');
      within('route', 'add', 'default', 'via', `${NET}.1`);
      const core = String(i % os.availableParallelism());
      return { ip: address, prefix: ['ip', 'netns', 'exec', name, 'taskset', '-c', core] };
    });
    return { host: `${NET}.1`, nodes, remove };
  } catch (cause) {
    remove();
    throw new Error(`bench: expected root and \`ip\` (iproute2), for network namespaces: ${(cause as Error).message}`, {
      cause,
    });
  }
}
