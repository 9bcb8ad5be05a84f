import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { session } from './session.ts';

it('README’s first own notebook runs as it stands, in eight lines, and classifies what it has not seen', async () => {
  const section = readFileSync('README.md', 'utf8').split('## Your first own notebook')[1];
  const [, cell] = /```ts\n(.*?)\n```/s.exec(section)!;
  expect(cell.split('\n').filter((line) => line.trim())).toHaveLength(8);
  expect(cell.match(/^import /gm)).toHaveLength(1);
  const data = mkdtempSync(path.join(os.tmpdir(), 'readme-'));
  const { results } = await session([{ run: cell }], { env: { GRAFT_DATA: data } });
  rmSync(data, { recursive: true });
  expect(results[0].error).toBeNull();
  const accuracy = /^accuracy (\d+\.\d) % .*n = 200\), loss/.exec(results[0].text);
  expect(Number(accuracy?.[1])).toBeGreaterThan(65);
  // ten points, each with its tooltip
  expect(results[0].data.at(-1)!['text/html'].match(/title="epoch: \d+\nloss: /g)?.length).toBe(10);
});

it('README goes from a folder’s name to test accuracy and confusion matrix in one import and at most eight lines', async () => {
  const section = readFileSync('README.md', 'utf8').split('## Your own photos')[1];
  const [, cell] = /```ts\n(.*?)\n```/s.exec(section)!;
  expect(cell.split('\n').filter((line) => line.trim()).length).toBeLessThanOrEqual(8);
  expect(cell.match(/^import /gm)).toHaveLength(1);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'readme-'));
  cpSync('data/drawn-flowers', path.join(folder, 'photos/flowers'), { recursive: true });
  const { results } = await session([{ run: cell }], { folder, env: { GRAFT_DATA: path.join(folder, 'data') } });
  rmSync(folder, { recursive: true });
  expect(results[0].error).toBeNull();
  const accuracy = /^accuracy (\d+\.\d) % .*n = 12\), loss .*photos\/flowers test/.exec(results[0].text);
  expect(Number(accuracy?.[1])).toBeGreaterThan(65);
  expect(results[0].data.at(-1)!['text/html']).toContain('alt="Confusion matrix of 4 classes.');
});
