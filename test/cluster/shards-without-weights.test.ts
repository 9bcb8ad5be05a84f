import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { node } from '../process.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'weights-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const graft = (...args: string[]): ReturnType<typeof node> =>
  node(['src/graft.mjs', 'features', ...args, '--out', path.join(folder, 'place'), '--json']);

it('a machine without the weights is told which file it lacks; with them elsewhere it computes its shard', async () => {
  const [file, elsewhere] = ['net.onnx', 'moved.onnx'].map((name) => path.join(folder, name));
  copyFileSync('data/weights/efficientnet-lite0.onnx', file);
  const network = ['--backbone', file, '--cut', 'features', '--preprocess', 'tf'];
  const planned = await graft('--data', 'cifar10-sample', '--limit', '16', ...network, '--plan', '--shards', '2');
  const { plan } = JSON.parse(planned.stdout) as { plan: string };
  renameSync(file, elsewhere);
  const refused = await graft('--plan', plan, '--shard', '1/2');
  expect(refused).toMatchObject({ status: 1, stdout: '' });
  expect(refused.stderr).toContain('net.onnx: expected an ONNX file; there is none.');
  const done = await graft('--plan', plan, '--shard', '1/2', '--backbone', elsewhere);
  expect(JSON.parse(done.stdout)).toMatchObject({ rows: 8, computed: 8 });
});
