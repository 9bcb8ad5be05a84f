import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { walk } from '../../src/storage/walk.ts';

let folder: string;
const inFolder = (...names: string[]): string => path.join(folder, ...names);
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'walk-'));
  for (const name of ['root/b', 'root/a/deep', 'root/.hidden', 'elsewhere'])
    mkdirSync(inFolder(name), { recursive: true });
  for (const name of [
    'root/z',
    'root/b/2',
    'root/b/10',
    'root/a/deep/x',
    'root/.hidden/y',
    'root/.y',
    'elsewhere/secret',
  ])
    writeFileSync(inFolder(name), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

const all = async (root: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { file, astray } of walk(root)) found.push(path.relative(root, file) + (astray ? ' astray' : ''));
  return found;
};

it('lists files by name, folder by folder, without hidden ones', async () => {
  expect(await all(inFolder('root'))).toEqual(['a/deep/x', 'b/10', 'b/2', 'z']);
});

it('follows links inside the folder, none out of it, to nothing, or in a circle', async () => {
  symlinkSync(inFolder('root/b'), inFolder('root/c'));
  symlinkSync('../z', inFolder('root/a/link'));
  symlinkSync(inFolder('root'), inFolder('root/a/deep/circle'));
  symlinkSync(inFolder('elsewhere'), inFolder('root/out'));
  symlinkSync('../../elsewhere/secret', inFolder('root/b/secret'));
  symlinkSync('nothing', inFolder('root/lost'));
  const found = [
    'a/deep/x',
    'a/link',
    'b/10',
    'b/2',
    'b/secret astray',
    'c/10',
    'c/2',
    'c/secret astray',
    'lost astray',
    'out astray',
    'z',
  ];
  expect(await all(inFolder('root'))).toEqual(found);
  // the folder itself may be a link
  symlinkSync(inFolder('root'), inFolder('shortcut'));
  expect(await all(inFolder('shortcut'))).toEqual(found);
});

it('says which folder is not there', async () => {
  await expect(all(inFolder('nowhere'))).rejects.toThrow(/ENOENT.*nowhere/);
});
