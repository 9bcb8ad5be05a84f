import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RayNodes, startRay } from '../../src/bench/cluster/ray-nodes.ts';
import { node } from '../process.ts';
import { onRay } from './on-ray.ts';
import { type S3Server, startS3 } from './seaweedfs.ts';

const WORK = ['--data', 'cifar10-sample', '--limit', '48', '--backbone', 'vgg19-mini', '--cut', 'block5_pool'];
const SHARDS = ['--shards', '3', '--block', '16'];
const NONE = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_PROFILE: '' };

let folder: string;
let s3: S3Server;
let ray: RayNodes;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'refused-'));
  s3 = await startS3();
  ray = await startRay({ env: { ...s3.env, ...NONE } });
  await ray.addNode();
});
afterAll(async () => {
  await ray?.close();
  await s3?.close();
  rmSync(folder, { recursive: true });
});

/** A command whose own machine has the credentials. */
const start = (place: string): ReturnType<typeof onRay>['ended'] =>
  onRay({ ...ray, env: { ...ray.env, ...s3.env } }, ['features', ...WORK, ...SHARDS, '--out', `s3://graft/${place}`])
    .ended;

const tries = (stderr: string): number => stderr.match(/^shard \d+ failed on /gm)?.length ?? 0;

it('a node without credentials is tried once; where no other is left, that and what to set is said', async () => {
  const { status, stderr } = await start('one');
  expect(status).toBe(1);
  expect(tries(stderr)).toBeLessThanOrEqual(2); // on a machine that is slow another may have begun
  expect(stderr).toMatch(/failed on \S+ \([\d.]+\), exit code 3: .*no credentials.* This node gets no more shards\./);
  expect(stderr).toMatch(/ray: the one node that has room cannot do a shard; it was tried once\./);
  expect(stderr).toMatch(/Set AWS_… on \S+ \([\d.]+\) and run `ray stop` and `ray start` there again/);
});

it('beside one that has them, that one does all', async () => {
  await ray.addNode(undefined, s3.env);
  const { status, stdout, stderr } = await start('two');
  expect(`${stderr}${status}`).toMatch(/0$/);
  expect(JSON.parse(stdout)).toMatchObject({ rows: 48, missing: [], lost: 0 });
  expect(tries(stderr)).toBeLessThanOrEqual(2);
});

it('a bucket that refuses or is not there ends with exit code 3, which Slurm and Kubernetes do not try again', async () => {
  const plan = ['src/graft.mjs', 'features', ...WORK, '--plan', ...SHARDS, '--out'];
  const reader = await node([...plan, 's3://graft/three'], { ...process.env, ...s3.reader });
  expect(reader).toMatchObject({ status: 3, stderr: expect.stringContaining('not allowed (403') as string });
  const file = path.join(folder, 'sweep.json');
  const { data, limit, ...work } = { data: 'cifar10-sample', limit: 60, backbone: 'vgg19-mini', cut: 'block5_pool' };
  writeFileSync(file, JSON.stringify({ data, ...work, train: limit, test: 30, grid: { epochs: [1], seed: [1, 2] } }));
  const sweep = ['src/graft.mjs', 'sweep', '--plan', '--out', 's3://graft/four', '--cache', path.join(folder, 'cache')];
  const planned = await node([...sweep, '--shards', '1', '--json', file], { ...process.env, ...s3.env });
  const { plan: id } = JSON.parse(planned.stdout) as { readonly plan: string };
  const shard = await node([...sweep.slice(0, 2), '--plan', id, '--shard', '1/1', ...sweep.slice(3)], {
    ...process.env,
    ...s3.reader,
  });
  expect(shard).toMatchObject({ status: 3, stderr: expect.stringContaining('not allowed (403') as string });
  const nowhere = await node([...plan, 's3://no-such-bucket/x'], { ...process.env, ...s3.env });
  expect(nowhere).toMatchObject({ status: 3, stderr: expect.stringContaining('there is no bucket') as string });
});
