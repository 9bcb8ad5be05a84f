import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { random } from '../../src/random.ts';
import { openPlace } from '../../src/storage/places/place.ts';

const SHORT = process.env.GRAFT_CLUSTER === 'short';
const KILLS = SHORT ? 2 : 20;
const SEED = Number(process.env.GRAFT_CLUSTER_SEED ?? Math.floor(Date.now() / 1000));
const SHARDS = SHORT ? 2 : 3;
const IMAGES = SHORT ? 600 : 1200;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * What the contract promises of shards that are killed and run twice at once, on machines played by data folders and
 * host names of their own.
 * @param fresh gives the URI of a place where nothing is
 * @param folder for what a machine holds
 */
export function shardsOfWork(
  kind: string,
  fresh: () => string,
  folder: () => string,
  env: () => NodeJS.ProcessEnv,
): void {
  const next = random(SEED, `shards/${kind}`);

  /** The `graft` command on a machine; with `kill`, ended so many ms after it says that it begins. */
  async function graft(machine: number, args: readonly string[], kill?: number): Promise<Ended> {
    const data = path.join(folder(), `machine-${machine}`);
    mkdirSync(data, { recursive: true });
    const own = { ...process.env, ...env(), GRAFT_DATA: data, GRAFT_HOST: `machine-${machine}` };
    const child = spawn(process.execPath, ['src/graft.mjs', ...args], { env: own, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => {
      const before = /: 0 of|[1-9]\d* of/.test(stderr);
      stderr += String(chunk);
      if (kill !== undefined && !before && /: 0 of|[1-9]\d* of/.test(stderr))
        setTimeout(() => child.kill('SIGKILL'), kill);
    });
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { status, stdout, stderr };
  }

  /** Runs all shards to their end: each is killed at random moments, and each is run on two machines at once. */
  async function survive(args: readonly string[], span: number): Promise<number> {
    let kills = 0;
    for (let shard = 1; shard <= SHARDS; shard++) {
      const own = [...args, '--shard', `${shard}/${SHARDS}`];
      while (kills < Math.round((KILLS * shard) / SHARDS)) {
        const { status, stderr } = await graft(1 + (kills % 2), own, next() * span);
        if (status === 0) break; // it was done before
        expect(status, stderr).toBeNull();
        kills++;
      }
      for (const { status, stderr } of await Promise.all([graft(1, own), graft(2, own)]))
        expect(status, stderr).toBe(0);
    }
    return kills;
  }

  const planned = (stdout: string): string => (JSON.parse(stdout) as { plan: string }).plan;

  describe(`${kind}, seed ${SEED}:`, () => {
    it('features of shards that are killed and run twice at once equal those of one machine, bit for bit', async () => {
      const place = fresh();
      const exact = ['--precision', 'float32', '--dtype', 'float32']; // as `graft features` alone decides
      const what = [
        '--data',
        'shapes10',
        '--backbone',
        'vgg19-mini',
        '--cut',
        'block5_pool',
        '--limit',
        `${IMAGES}`,
      ].concat(exact);
      const made = await graft(0, ['features', ...what, '--out', place, '--plan', '--shards', `${SHARDS}`, '--json']);
      expect(made.status, made.stderr).toBe(0);
      const args = ['features', '--out', place, '--plan', planned(made.stdout)];
      const early = await graft(0, [...args, '--merge']);
      expect(early).toMatchObject({
        status: 1,
        stdout: expect.stringContaining(`shard ${SHARDS}/${SHARDS}: `) as string,
      });
      const kills = await survive(args, 2500);
      const merged = await graft(0, [...args, '--merge', '--json']);
      expect(merged.status, merged.stderr).toBe(0);
      expect(JSON.parse(merged.stdout)).toMatchObject({ rows: IMAGES, missing: [], damaged: [] });
      // no piece but those of the manifest
      const { set } = JSON.parse(made.stdout) as { set: string };
      const { pieces } = (JSON.parse(merged.stdout) as { merged: { pieces: { name: string }[] } }).merged;
      const there = (await (await openPlace(place)).list(`${set}/`)).filter(({ name }) => name.endsWith('.npy'));
      expect(there.map(({ name }) => name.slice(set.length + 1))).toEqual(pieces.map(({ name }) => name).sort());
      const files = ['together.npy', 'alone.npy'].map((name) => path.join(folder(), name));
      const together = await graft(3, ['features', ...what, '--cache', place, '--out', files[0], '--json']);
      expect(JSON.parse(together.stdout), together.stderr).toMatchObject({ cached: IMAGES });
      expect((await graft(4, ['features', ...what, '--out', files[1]])).status).toBe(0);
      expect(readFileSync(files[0]).equals(readFileSync(files[1]))).toBe(true);
      console.log(
        `[seed ${SEED}] ${kind}: features of ${IMAGES} images in ${SHARDS} shards, ${kills} kills, all bytes equal`,
      );
    });

    it('a sweep of shards that are killed and run twice at once gives the table of one machine', async () => {
      const place = fresh();
      const grid = path.join(folder(), 'grid.json');
      const content = {
        data: 'cifar10-sample',
        backbone: 'vgg19-mini',
        cut: 'block5_pool',
        train: 300,
        test: 200,
        grid: { dropout: [0, 0.5], hidden: [[], [32]], epochs: [SHORT ? 2 : 6], seed: [1, 2, 3] },
      };
      writeFileSync(grid, JSON.stringify(content));
      const made = await graft(0, ['sweep', grid, '--out', place, '--plan', '--shards', `${SHARDS}`, '--json']);
      expect(made.status, made.stderr).toBe(0);
      const args = ['sweep', '--out', place, '--plan', planned(made.stdout)];
      expect((await graft(0, [...args, '--merge'])).status).toBe(1);
      const kills = await survive(args, 2500);
      const merged = await graft(0, [...args, '--merge']);
      expect(merged.status, merged.stderr).toBe(0);
      const alone = await graft(4, ['sweep', grid, '--out', path.join(folder(), 'alone')]);
      expect(alone.status, alone.stderr).toBe(0);
      expect(merged.stdout).toBe(alone.stdout);
      console.log(`[seed ${SEED}] ${kind}: a sweep of 12 runs in ${SHARDS} shards, ${kills} kills, the same table`);
    });
  });
}
