import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DRIVER,
  type Found,
  kill,
  type RayNodes,
  RAYLET,
  SHARD,
  startRay,
  TASK,
} from '../../src/bench/cluster/ray-nodes.ts';
import { node } from '../process.ts';
import { found, headOf, onRay, type Run } from './on-ray.ts';
import { otherVersion } from './other-version.ts';
import { draws, report } from './scale.ts';

const IMAGES = 960;
/** As `graft features` alone decides: exact. */
const EXACT = ['--precision', 'float32', '--dtype', 'float32'];
const ASKED = ['--data', 'cifar10-sample', '--limit', String(IMAGES), '--backbone', 'vgg19-mini', ...EXACT];
/** Ray waits for 60 s before it takes a cluster for gone. */
const SOON = { RAY_gcs_rpc_server_reconnect_timeout_s: '10' };
const CUT = ['--cut', 'block5_pool'];

let folder: string;
let ray: RayNodes;
let expected: Buffer;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cluster-'));
  expected = await rows(path.join(folder, 'alone'), { computed: IMAGES });
  ray = await startRay({ nodes: 2, env: SOON });
});
afterAll(async () => {
  await ray?.close();
  rmSync(folder, { recursive: true });
});

/** The features of a cache, as one machine writes them; `computed` of them it had not. */
async function rows(cache: string, { computed }: { computed: number }): Promise<Buffer> {
  const file = path.join(folder, 'rows.npy');
  const { status, stdout, stderr } = await node([
    ...['src/graft.mjs', 'features', ...ASKED, ...CUT, '--cache', cache, '--out', file, '--json'],
  ]);
  expect(stderr + status).toMatch(/0$/);
  expect(IMAGES - (JSON.parse(stdout) as { cached: number }).cached).toBe(computed);
  return readFileSync(file);
}

/** `graft cluster features` into a place below the folder, on the cluster that runs. */
const start = (place: string, ...more: string[]): Run =>
  onRay(ray, [
    ...['features', '--shards', '4', '--block', '24', ...ASKED, ...CUT],
    ...['--out', path.join(folder, place), ...more],
  ]);
const first = (like: RegExp, run: Run, except: readonly number[] = []): Promise<Found> =>
  found(ray, like, run, { next, except });
const next = draws('ray');

/** No process of the work is left, within the seconds in which Ray notices that its driver has gone. */
async function nothingLeft(): Promise<void> {
  const left = (): readonly Found[] => [SHARD, TASK, DRIVER].flatMap((like) => ray.processes(like));
  for (let tries = 0; left().length && tries < 300; tries++) await sleep(100);
  expect(left()).toEqual([]);
}

describe('a cluster', () => {
  it('gives what one machine gives, bit for bit, though workers, Node.js and a node are killed', async () => {
    const run = start('killed', '--shards', '8');
    const head = headOf(ray);
    for (const like of [TASK, SHARD, RAYLET, SHARD, TASK]) {
      await first(SHARD, run);
      await sleep(3000 * next());
      kill((await first(like, run, head)).pid);
      if (like === RAYLET) await ray.addNode();
    }
    const { status, stdout, stderr } = await run.ended;
    expect(`${stderr}${status}`).toMatch(/0$/);
    const { lost, ...merged } = JSON.parse(stdout) as { lost: number };
    expect(merged).toMatchObject({ rows: IMAGES, missing: [] });
    expect(lost).toBeGreaterThan(0);
    expect(
      stderr.match(/a worker was lost on \S+ \([\d.]+\), with shard \d; its images are computed again/g),
    ).toHaveLength(lost);
    expect((await rows(path.join(folder, 'killed'), { computed: 0 })).equals(expected)).toBe(true);
    report(`${IMAGES} images in 8 shards, 5 kills (2 workers, 2 Node.js, 1 node): equal, ${expected.length} bytes`);
  });

  it('leaves nothing running after Stop, nor when the command or the driver is killed, and goes on from there', async () => {
    const stopped = start('stopped');
    await first(SHARD, stopped);
    stopped.child.kill('SIGINT');
    expect((await stopped.ended).status).toBe(130);
    expect([SHARD, DRIVER].flatMap((like) => ray.processes(like))).toEqual([]);
    await nothingLeft();

    const killed = start('stopped');
    await first(SHARD, killed);
    killed.child.kill('SIGKILL');
    await nothingLeft();

    const driverless = start('stopped');
    await first(SHARD, driverless);
    kill((await first(DRIVER, driverless)).pid);
    const { status, stderr } = await driverless.ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/its driver has gone \(ended by SIGKILL\) with \d of 4 shards done, which are kept/);
    await nothingLeft();

    expect(await start('stopped').ended).toMatchObject({ status: 0 });
    expect((await rows(path.join(folder, 'stopped'), { computed: 0 })).equals(expected)).toBe(true);
  });

  it('gives the table of a sweep that one machine gives', async () => {
    const grid = path.join(folder, 'grid.json');
    const options = { data: 'cifar10-sample', backbone: 'vgg19-mini', cut: 'block5_pool', train: 200, test: 100 };
    writeFileSync(grid, JSON.stringify({ ...options, grid: { dropout: [0, 0.5], epochs: [2], seed: [1, 2] } }));
    // a cache of its own, since 8 bits keep the calibration that a cache has
    const own = ['--cache', path.join(folder, 'cache'), '--out', path.join(folder, 'runs'), '--json'];
    const alone = await node(['src/graft.mjs', 'sweep', grid, ...own]);
    const run = onRay(ray, ['sweep', grid, '--shards', '2', '--out', path.join(folder, 'sweep')]);
    const { status, stdout, stderr } = await run.ended;
    expect(`${stderr}${status}`).toMatch(/0$/);
    const [one, several] = [alone.stdout, stdout].map((json) => (JSON.parse(json) as { runs: object[] }).runs);
    expect(one).toHaveLength(4);
    expect(several).toEqual(one);
  });

  it('shows what a failed shard printed, on which node, and both versions where a node has another', async () => {
    const project = otherVersion(path.join(folder, 'other'));
    const { status, stderr } = await start('refused', '--shards', '2', '--project', project, '--retries', '0').ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/shards 1, 2 of 2 failed/);
    expect(stderr).toMatch(/shard \d on .+ \([\d.]+\), exit code 1:\n/);
    expect(stderr).toMatch(/expected Graft 0\.1\.0\S*, commit \w+\+?; this machine has 9\.9\.9/);
  });

  it('that is not there is said, and so is that Graft is not where it should be', async () => {
    const nowhere = await start('nowhere', '--shards', '2', '--project', path.join(folder, 'nowhere'), '--retries', '0')
      .ended;
    expect(nowhere.status).toBe(1);
    expect(nowhere.stderr).toMatch(/expected Graft at the same commit in .*nowhere; it is not there/);
    const none = await start('none', '--ray', '127.0.0.1:1').ended;
    expect(none.status).toBe(1);
    expect(none.stderr).toContain('ray: expected a Ray cluster at 127.0.0.1:1; none answers');
  });

  it('that refuses the token says so, and so does one that wants a token and gets none', async () => {
    const { RAY_AUTH_MODE: _, RAY_AUTH_TOKEN: __, ...without } = ray.env;
    const home = { HOME: folder }; // where no token is kept
    for (const [env, said] of [
      [{ ...ray.env, RAY_AUTH_TOKEN: '0'.repeat(64) }, 'answers, but refuses the token in RAY_AUTH_TOKEN'],
      [{ ...without, ...home, RAY_AUTH_MODE: 'token' }, 'answers, but wants a token, and none is given here'],
      [{ ...without, ...home }, 'answers, but wants a token, and RAY_AUTH_MODE=token is not set here'],
    ] as const) {
      const { status, stderr } = await onRay({ ...ray, env }, ['features', ...ASKED, '--out', folder]).ended;
      expect(status).toBe(1);
      expect(stderr).toContain(said);
    }
  });

  it('that has no room for a shard says what it has, waits as long as it was told, and ends at once on Ctrl-C', async () => {
    const short = await start('large', '--cpus', '8', '--wait', '0').ended;
    expect(short.status).toBe(1);
    expect(short.stderr).toMatch(/takes 8 CPUs and 0 GPUs .* none has that, the most is 1 CPU and 0 GPUs\. Waiting/);
    expect(short.stderr).toContain(
      'no node with room for a shard appeared within 0.0 s (--wait). No shard is done yet.',
    );
    const long = start('large', '--cpus', '8');
    let said = '';
    await new Promise<void>((resolve) =>
      long.child.stderr!.on('data', (chunk) => (said += String(chunk)).includes('Waiting 15 min') && resolve()),
    );
    long.child.kill('SIGINT');
    expect((await long.ended).status).toBe(130);
    expect(ray.processes(DRIVER)).toEqual([]);
  });

  it('that vanishes loses nothing: on the next one the same command goes on', async () => {
    const run = start('vanished');
    await first(SHARD, run);
    await sleep(2000);
    for (const { pid } of ray.processes(/raylet|gcs_server|ray start/)) kill(pid);
    const { status, stderr } = await run.ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/the cluster or its driver has gone/);
    await nothingLeft();
    await ray.close();
    ray = await startRay({ nodes: 2, env: SOON });
    expect(await start('vanished').ended).toMatchObject({ status: 0 });
    expect((await rows(path.join(folder, 'vanished'), { computed: 0 })).equals(expected)).toBe(true);
  });

  it('whose head lives and whose nodes are gone says so, before anything is computed', async () => {
    // it would end the head with its node
    for (const { pid } of ray.processes(/ray start/)) process.kill(pid, 'SIGSTOP');
    for (const { pid } of ray.processes(RAYLET)) kill(pid);
    expect(ray.processes(/gcs_server/)).toHaveLength(1);
    const { status, stderr } = await start('gone').ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/the head of [\d.:]+ answers, none of its \d nodes does .*ray start --address=/);
  });
});
