import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runGraft } from '../../cluster/graft-process.ts';
import { type DoneShard, runShards } from '../../cluster/ray-driver.ts';
import { progressBar } from '../../host/progress.ts';
import { openPlace } from '../../storage/places/place.ts';
import { median } from '../../median.ts';
import { makeNamespaces } from './namespaces.ts';
import { startRay } from './ray-nodes.ts';

/** How many nodes are measured, in turns. */
const NODES = [1, 2, 4];

/** What one run took, in seconds; `node` seconds are summed over nodes. */
export interface ClusterRun {
  readonly nodes: number;
  readonly images: number;
  /** From the start of the first shard to the end of the last. */
  readonly wall: number;
  /** Node seconds, from each shard's start to its first row. */
  readonly starting: number;
  /** Node seconds, from each shard's first row to its end. */
  readonly computing: number;
  /** Node seconds without a shard: between shards, and at the end until the last one is done. */
  readonly waiting: number;
  readonly plan: number;
  /** From the driver's start to the first shard's. */
  readonly connecting: number;
  readonly merge: number;
  /** Reading all pieces and putting them once more, one by one. */
  readonly storage: number;
  readonly mebibytes: number;
}

/** Measures 1, 2 and 4 nodes of one core each, in network namespaces on this machine, in turns; needs root. */
export async function measureCluster({
  images,
  shards,
  rounds,
}: {
  readonly images: number;
  readonly shards: number;
  readonly rounds: number;
}): Promise<readonly ClusterRun[]> {
  const runs: ClusterRun[] = [];
  for (let round = 0; round < rounds; round++) {
    const network = makeNamespaces(NODES.at(-1)!);
    try {
      const ray = await startRay({ host: network.host });
      // the driver is a child of this process
      Object.assign(process.env, ray.env);
      try {
        let there = 0;
        for (const nodes of NODES) {
          for (; there < nodes; there++) await ray.addNode(network.nodes[there]);
          runs.push(await measureRun(ray.address, { nodes, images, shards }));
        }
      } finally {
        await ray.close();
      }
    } finally {
      network.remove();
    }
  }
  return runs;
}

async function measureRun(
  address: string,
  { nodes, images, shards }: { readonly nodes: number; readonly images: number; readonly shards: number },
): Promise<ClusterRun> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cluster-bench-'));
  try {
    const flags = ['--backbone', 'vgg19-mini', '--cut', 'block5_pool', '--limit', String(images), '--out', folder];
    const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
      const begin = performance.now();
      return [await work(), (performance.now() - begin) / 1000];
    };
    const [planned, plan] = await timed(() =>
      runGraft<{ readonly plan: string }>(['features', ...flags, '--plan', '--shards', String(shards)]),
    );
    const args = ['features', '--out', folder, '--plan', planned.plan];
    const done: DoneShard[] = [];
    const begin = Date.now() / 1000;
    await runShards(
      { address, args, project: process.cwd(), shards, cpus: 1, gpus: 0, retries: 0, wait: 0 },
      {
        label: `${nodes} of one core`,
        total: images,
        unit: 'images',
        onProgress: progressBar(),
        onDone: (one) => done.push(one),
        signal: undefined,
      },
    );
    const [, merge] = await timed(() => runGraft([...args, '--merge']));
    const [bytes, storage] = await timed(() => putAgain(folder));
    const first = Math.min(...done.map(({ started }) => started));
    const wall = Math.max(...done.map(({ ended }) => ended)) - first;
    const starting = sum(done.map(({ started, began }) => began - started));
    const computing = sum(done.map(({ began, ended }) => ended - began));
    return {
      ...{ nodes, images, wall, starting, computing, plan, merge, storage },
      waiting: nodes * wall - starting - computing,
      connecting: first - begin,
      mebibytes: bytes / 2 ** 20,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Reads every piece and puts it under another name. @returns bytes */
async function putAgain(folder: string): Promise<number> {
  const place = await openPlace(folder);
  let bytes = 0;
  for (const { name, size } of await place.list('')) {
    if (!name.endsWith('.npy')) continue;
    await place.putIfAbsent(`again/${name}`, await place.read(name));
    bytes += size;
  }
  return bytes;
}

/** Writes a line for each count of nodes: the median of the rounds. */
export function clusterText(runs: readonly ClusterRun[]): string {
  const counts = [...new Set(runs.map(({ nodes }) => nodes))];
  const of = (nodes: number, value: (run: ClusterRun) => number): number =>
    median(runs.filter((run) => run.nodes === nodes).map(value));
  // without start-up: what the nodes give in the seconds that are not spent on it
  const working = ({ images, nodes, wall, starting }: ClusterRun): number => images / (wall - starting / nodes);
  const one = of(1, working);
  const lines = counts.map((nodes) => {
    const s = (value: (run: ClusterRun) => number): string => `${of(nodes, value).toFixed(1)} s`;
    const share = (value: (run: ClusterRun) => number): string =>
      `${(100 * of(nodes, (run) => value(run) / (nodes * run.wall))).toFixed(0)} %`;
    const whole = of(nodes, (run) => run.images / run.wall) / nodes / of(1, (run) => run.images / run.wall);
    return (
      `${nodes} ${nodes === 1 ? 'node' : 'nodes'} of one core: ${of(nodes, working).toFixed(1)} images/s without start-up, ` +
      `efficiency ${(of(nodes, working) / nodes / one).toFixed(2)} (with it ${whole.toFixed(2)}); of the nodes' time ` +
      `computing ${share((run) => run.computing)}, starting ${share((run) => run.starting)}, ` +
      `waiting ${share((run) => run.waiting)}; before: plan ${s((run) => run.plan)}, connecting ${s((run) => run.connecting)}; ` +
      `after: merge ${s((run) => run.merge)}; storage (${of(nodes, (run) => run.mebibytes).toFixed(0)} MiB read and put again) ${s((run) => run.storage)}`
    );
  });
  const cores = os.availableParallelism();
  const shared = Math.max(...counts) > cores ? [`more than ${cores} nodes share this machine's ${cores} cores`] : [];
  return [...lines, ...shared].join('\n');
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
