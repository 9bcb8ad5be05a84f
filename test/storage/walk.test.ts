import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { byCodePoints, walkFolder } from '../../src/storage/files/walk.ts';

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

const all = (root: string): string[] => {
  const { files, links } = walkFolder(root);
  return [...files.map((one) => one.path), ...links.map((link) => `${link} astray`)].sort(byCodePoints);
};

it('lists files without hidden ones', () => {
  expect(all(inFolder('root'))).toEqual(['a/deep/x', 'b/10', 'b/2', 'z']);
});

it('names files and folders whose names are not in UTF-8 apart, and does not call them links', () => {
  const root = inFolder('latin');
  mkdirSync(path.join(root, 'a'), { recursive: true });
  for (const name of ['gr\xfcn.png', 'a/\xe9t\xe9'])
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')]), '');
  for (const name of ['1.png', '\ufffd.png']) writeFileSync(path.join(root, 'a', name), ''); // the last one like any other
  const { files, links, unreadable } = walkFolder(root);
  expect(files.map((one) => one.path)).toEqual(['a/1.png', 'a/\ufffd.png']);
  expect([links, [...unreadable].sort()]).toEqual([[], ['a/\ufffdt\ufffd', 'gr\ufffdn.png']]);
});

it('follows links inside the folder, none out of it, to nothing, or in a circle', () => {
  symlinkSync(inFolder('root/b'), inFolder('root/c'));
  symlinkSync('../z', inFolder('root/a/link'));
  symlinkSync(inFolder('root'), inFolder('root/a/deep/circle'));
  symlinkSync(inFolder('elsewhere'), inFolder('root/out'));
  symlinkSync('../../elsewhere/secret', inFolder('root/b/secret'));
  symlinkSync('nothing', inFolder('root/lost'));
  const found = [
    'a/deep/circle astray',
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
  expect(all(inFolder('root'))).toEqual(found);
  // the folder itself may be a link
  symlinkSync(inFolder('root'), inFolder('shortcut'));
  expect(all(inFolder('shortcut'))).toEqual(found);
});

it('says which folder is not there', () => {
  expect(() => all(inFolder('nowhere'))).toThrow(/nowhere: expected a folder; it is not there/);
});
