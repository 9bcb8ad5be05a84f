import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { node } from '../process.ts';
import { shardsOfWork } from './shards-of-work.ts';
import { type S3Server, startS3 } from './seaweedfs.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'shards-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;
const folder = (): string => {
  const made = path.join(root, `${count}`);
  mkdirSync(made, { recursive: true });
  return made;
};

shardsOfWork(
  'a folder',
  () => path.join(root, `${++count}`, 'place'),
  folder,
  () => ({}),
);

// in the short form a Ray cluster's shards stand for it
describe.skipIf(process.env.GRAFT_CLUSTER === 'short')('in a bucket', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
    for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server.close();
  });

  shardsOfWork(
    's3',
    () => `s3://graft/shards-${++count}`,
    folder,
    () => server.env,
  );
});

/** A small file system of its own, which only root may make. */
const small = mkdtempSync(path.join(os.tmpdir(), 'small-'));
const mount = (...args: string[]): boolean => spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
const mounted = mount('-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', small);
afterAll(() => {
  if (mounted) spawnSync('umount', [small]);
  rmSync(small, { recursive: true });
});

it.skipIf(!mounted)(
  'a shard on a full disk says so, leaves nothing half-written, and goes on when there is room',
  async () => {
    const env = { ...process.env, GRAFT_DATA: folder() };
    const graft = (...args: string[]) => node(['src/graft.mjs', 'features', '--out', small, ...args], env);
    const what = ['--data', 'shapes10', '--backbone', 'vgg19-mini', '--cut', 'block5_pool', '--limit', '160'];
    const { plan, set } = JSON.parse((await graft(...what, '--plan', '--shards', '1', '--json')).stdout) as Record<
      string,
      string
    >;
    const filler = openSync(path.join(small, 'filler'), 'w');
    try {
      for (;;) writeSync(filler, Buffer.alloc(4096));
    } catch {
      closeSync(filler);
    }
    const full = await graft('--plan', plan, '--shard', '1/1');
    expect(full.status).toBe(1);
    expect(full.stderr).toMatch(/graft features: .* cannot be written: ENOSPC/);
    expect(readdirSync(path.join(small, set))).toEqual(['manifest.json']);
    rmSync(path.join(small, 'filler'));
    expect(mount('-o', 'remount,size=2m', small)).toBe(true);
    expect((await graft('--plan', plan, '--shard', '1/1')).status).toBe(0);
    expect((await graft('--plan', plan, '--merge')).status).toBe(0);
  },
);
