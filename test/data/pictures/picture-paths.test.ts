import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { picturePaths } from '../../../src/data/pictures/picture-paths.ts';

let folder: string;
const inFolder = (...names: string[]): string => path.join(folder, ...names);
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'picture-paths-'));
  for (const name of ['photos/b', 'photos/a', 'empty']) mkdirSync(inFolder(name), { recursive: true });
  for (const name of ['a/1.JPG', 'a/notes.txt', 'b/2.png', 'b/3.webp', 'c.heic', 'labels.csv', '[1].jpg'])
    writeFileSync(inFolder('photos', name), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Paths in the folder, and of what is no picture the reason. */
async function found(...names: string[]): Promise<string[]> {
  const all: string[] = [];
  for await (const { file, error } of picturePaths(names.map((name) => inFolder(name))))
    all.push(path.relative(folder, file) + (error ? `: ${error.replace(/^.*?: /, '')}` : ''));
  return all;
}

it('of a folder are all that end as pictures or begin as such, by name', async () => {
  writeFileSync(inFolder('photos/b/4.dat'), Buffer.from('GIF89a'));
  expect(await found('photos')).toEqual([
    'photos/[1].jpg',
    'photos/a/1.JPG',
    'photos/b/2.png',
    'photos/b/3.webp',
    'photos/b/4.dat',
    'photos/c.heic',
  ]);
  const others: string[] = [];
  for await (const _ of picturePaths([inFolder('photos')], { onOther: (file) => others.push(file) }));
  expect(others.map((file) => path.relative(folder, file))).toEqual(['photos/a/notes.txt', 'photos/labels.csv']);
  rmSync(inFolder('photos/b/4.dat'));
});

it('of a pattern are all that it names, also where they end otherwise', async () => {
  expect(await found('photos/**/*.{png,webp}')).toEqual(['photos/b/2.png', 'photos/b/3.webp']);
  expect(await found('photos/*/n*')).toEqual(['photos/a/notes.txt']);
  expect(await found('photos/[1].jpg')).toEqual(['photos/[1].jpg']); // a file of that name
  expect(await found('photos/[a-b]/?.*')).toEqual(['photos/a/1.JPG', 'photos/b/2.png', 'photos/b/3.webp']);
});

it('of a pattern may lie in folders whose names look like patterns, with slashes twice', async () => {
  mkdirSync(inFolder('more (1)/[x]'), { recursive: true });
  for (const name of ['a.jpg', 'p (1).jpg', '[x]/b.jpg']) writeFileSync(inFolder('more (1)', name), '');
  expect(await found('more (1)/*.jpg')).toEqual(['more (1)/a.jpg', 'more (1)/p (1).jpg']);
  expect(await found('more (1)/p (*).jpg')).toEqual(['more (1)/p (1).jpg']);
  expect(await found('more (1)/[x]/*.jpg')).toEqual(['more (1)/[x]/b.jpg']);
  const paths: string[] = [];
  for (const one of [`${folder}//photos//a/*.JPG`, `${folder}/photos//**//*.webp`])
    for await (const { file } of picturePaths([one])) paths.push(path.relative(folder, file));
  expect(paths).toEqual(['photos/a/1.JPG', 'photos/b/3.webp']);
  rmSync(inFolder('more (1)'), { recursive: true });
});

it('of a pattern below the working folder too', async () => {
  const paths: string[] = [];
  for await (const { file } of picturePaths([
    './test/references/rea*.ts',
    'test/references/read.*',
    './/package.js*',
    'no!*.jpg',
  ]))
    paths.push(file);
  expect(paths).toEqual(['test/references/read.ts', 'test/references/read.ts', 'package.json', 'no!*.jpg']);
});

it('stay in the order that they are asked for in, twice where asked twice', async () => {
  expect(await found('photos/c.heic', 'photos/a', 'photos/c.heic')).toEqual([
    'photos/c.heic',
    'photos/a/1.JPG',
    'photos/c.heic',
  ]);
});

it('that are not there, empty or lead away are named, and the others follow', async () => {
  symlinkSync(path.resolve('docs/result.png'), inFolder('photos/b/away.png'));
  expect(await found('empty', 'photos/*.gif', 'nowhere.jpg', 'nowhere/*.jpg', 'photos/b')).toEqual([
    'empty: expected pictures in this folder; found none.',
    'photos/*.gif: expected pictures that this pattern names; found none.',
    'nowhere.jpg',
    'nowhere/*.jpg',
    'photos/b/2.png',
    'photos/b/3.webp',
    'photos/b/away.png: expected a picture; it is a link that leads out of its folder, or to nothing.',
  ]);
});
