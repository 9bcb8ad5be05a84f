import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kill, type RayNodes, RAYLET, SHARD, startRay, TASK } from '../../src/bench/cluster/ray-nodes.ts';
import { node } from '../process.ts';
import { found, hasEnded, headOf, onRay, type Run } from './on-ray.ts';
import { draws, LONG, report } from './scale.ts';
import { type S3Server, startS3 } from './seaweedfs.ts';

/** Seconds between two kills, at most. */
const BETWEEN = 15;
const NETWORK = ['--backbone', 'vgg19-mini', '--cut', 'block5_pool'];
/** 3 × 2 × 10 = 60 runs. */
const GRID = {
  data: 'cifar10-sample',
  backbone: 'vgg19-mini',
  cut: 'block5_pool',
  train: 1000,
  test: 500,
  grid: { dropout: [0, 0.3, 0.5], learningRate: [0.001, 0.0001], epochs: [5], seed: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] },
};

/** `GRAFT_CLUSTER=long` with CIFAR-10's binary folder in GRAFT_TEST_CIFAR10; hours. */
describe.runIf(LONG)('all of CIFAR-10 on four nodes, over S3', () => {
  const next = draws('long');
  let folder: string;
  let s3: S3Server;
  let ray: RayNodes;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'long-'));
    s3 = await startS3();
    ray = await startRay({ nodes: 4, env: { ...s3.env, CIFAR10_DIR: process.env.GRAFT_TEST_CIFAR10 } });
  });
  afterAll(async () => {
    await ray?.close();
    await s3?.close();
    rmSync(folder, { recursive: true });
  });

  /** Kills something at random now and then; once, where asked, the S3 server, which comes back. */
  async function killAtRandom(run: Run, kills: number, { server = false } = {}): Promise<string> {
    const killed: string[] = [];
    while (killed.length < kills) {
      await sleep(1000 * BETWEEN * next());
      if (hasEnded(run)) break;
      if (server && killed.length === Math.floor(kills / 2)) {
        server = false;
        await s3.kill();
        await s3.start();
        killed.push('the S3 server');
        continue;
      }
      const [what, like] = (
        [
          ['worker', TASK],
          ['Node.js', SHARD],
          ['node', RAYLET],
        ] as const
      )[Math.floor(3 * next())];
      kill((await found(ray, like, run, { next, except: headOf(ray) })).pid);
      killed.push(what);
      if (like === RAYLET) await ray.addNode();
    }
    expect(killed).toHaveLength(kills);
    const count = (one: string): number => killed.filter((what) => what === one).length;
    return [...new Set(killed)].map((what) => `${count(what)} × ${what}`).join(', ');
  }

  async function graft(args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await node(['src/graft.mjs', ...args, '--json'], ray.env);
    expect(`${stderr}${status}`).toMatch(/0$/);
    return stdout;
  }

  for (const [split, n, kills] of [
    ['train', 50_000, 16],
    ['test', 10_000, 4],
  ] as const)
    it(`${n} images (${split}), with ${kills} kills, give what one machine gives, bit for bit`, async () => {
      const asked = ['--data', 'cifar10', '--split', split, ...NETWORK, '--precision', 'float32', '--dtype', 'float32'];
      const [alone, together] = ['alone', 'together'].map((name) => path.join(folder, `${name}-${split}.npy`));
      await graft(['features', ...asked, '--cache', path.join(folder, 'cache'), '--out', alone]);
      const place = 's3://graft/features';
      const run = onRay(ray, ['features', ...asked, '--shards', '32', '--retries', '20', '--out', place]);
      await found(ray, SHARD, run, { next });
      const killed = await killAtRandom(run, kills, { server: split === 'train' });
      const { status, stdout, stderr } = await run.ended;
      expect(`${stderr}${status}`).toMatch(/0$/);
      expect(JSON.parse(stdout)).toMatchObject({ rows: n, missing: [], damaged: [] });
      const read = await graft(['features', ...asked, '--cache', place, '--out', together]);
      expect(JSON.parse(read)).toMatchObject({ cached: n });
      expect(readFileSync(together).equals(readFileSync(alone))).toBe(true);
      report(
        `${n} images (${split}), 4 nodes, 32 shards over S3, kills: ${killed}; ${readFileSync(alone).length} bytes equal`,
      );
    });

  it('a sweep of 60 runs gives the runs of one machine', async () => {
    const grid = path.join(folder, 'grid.json');
    writeFileSync(grid, JSON.stringify(GRID));
    const alone = JSON.parse(await graft(['sweep', grid, '--out', path.join(folder, 'runs')])) as { runs: object[] };
    const run = onRay(ray, ['sweep', grid, '--shards', '12', '--retries', '20', '--out', 's3://graft/sweep']);
    await found(ray, SHARD, run, { next });
    const killed = await killAtRandom(run, 4);
    const { status, stdout, stderr } = await run.ended;
    expect(`${stderr}${status}`).toMatch(/0$/);
    const { runs, failed } = JSON.parse(stdout) as { runs: object[]; failed: object[] };
    expect([runs.length, failed]).toEqual([60, []]);
    expect(runs).toEqual(alone.runs);
    report(`a sweep of 60 runs, 4 nodes, 12 shards over S3, kills: ${killed}; equal`);
  });
});
