import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listCache, pruneCache } from '../../src/storage/rows/cache.ts';
import { keyOf } from '../../src/storage/rows/keys.ts';
import { lock } from '../../src/storage/files/lock.ts';
import { makeRowSet, noteUse } from '../../src/storage/rows/row-set.ts';
import { openWriter } from '../../src/storage/rows/row-writer.ts';

let root: string;
beforeEach(() => void (root = mkdtempSync(path.join(os.tmpdir(), 'cache-'))));
afterEach(() => rmSync(root, { recursive: true }));

const used = (file: string, daysAgo: number): void => {
  const then = Date.now() / 1000 - daysAgo * 86_400;
  utimesSync(file, then, then);
};

/** A set of `rows` rows of 250 float32, 1,000 bytes each, last used so many days ago. */
function set(name: string, rows: number, daysAgo: number): string {
  const folder = path.join(root, name);
  makeRowSet(folder, { format: 'graft features 2', network: name, rowShape: [250] });
  const writer = openWriter(folder, [250]);
  writer.write(
    Buffer.concat(Array.from({ length: rows }, (_, i) => keyOf(`${name} ${i}`))),
    new Float32Array(rows * 250),
  );
  writer.close();
  used(path.join(folder, 'manifest.json'), daysAgo);
  return folder;
}

const folders = (entries: readonly { readonly folder: string }[]): string[] => entries.map(({ folder }) => folder);

it('lists what is kept, used last first, with pieces, rows, size and what it belongs to', () => {
  set('old', 10, 5);
  set('new', 100, 1);
  writeFileSync(path.join(root, 'something.txt'), '');
  mkdirSync(path.join(root, 'empty'));
  const kept = listCache(root);
  expect(kept.map(({ manifest, pieces, rows }) => [manifest!.network, pieces, rows])).toEqual([
    ['new', 1, 100],
    ['old', 1, 10],
  ]);
  expect(kept[0].bytes).toBeGreaterThan(100_000);
  expect(kept[0].bytes).toBeLessThan(103_000); // keys and checksums are 20 bytes a row
  expect(listCache(path.join(root, 'nowhere'))).toEqual([]);
});

it('lists a set whose manifest is damaged, and one of which a piece is', () => {
  const [a, b] = [set('a', 5, 2), set('b', 5, 1)];
  writeFileSync(path.join(a, 'manifest.json'), '{');
  writeFileSync(path.join(b, 'damaged.npy'), 'x');
  const [first, second] = listCache(root);
  expect(first).toMatchObject({ folder: a, manifest: undefined, rows: 5 }); // written just now
  expect(second).toMatchObject({ folder: b, pieces: 2, rows: 5 });
});

it('is used again when a run uses it', () => {
  const a = set('a', 1, 9);
  const b = set('b', 1, 1);
  expect(folders(listCache(root))).toEqual([b, a]);
  noteUse(a);
  expect(folders(listCache(root))).toEqual([a, b]);
});

it('removes by age, then by size what was used longest ago, and never what is being written', async () => {
  const [a, b, c, d] = [set('a', 100, 40), set('b', 100, 20), set('c', 100, 10), set('d', 100, 1)];
  const unlock = await lock(path.join(a, 'lock'));
  expect(folders(await pruneCache(root, { olderThanDays: 15 }))).toEqual([b]);
  unlock();
  expect(folders(await pruneCache(root, { olderThanDays: 15 }))).toEqual([a]);
  expect(folders(await pruneCache(root, { maxBytes: 150_000 }))).toEqual([c]);
  expect([a, b, c, d].map((folder) => existsSync(folder))).toEqual([false, false, false, true]);
  expect(readdirSync(root)).toEqual(['d']);
  await expect(pruneCache(root, { maxBytes: -1 })).rejects.toThrow(/maxBytes: expected a number from 0; got -1/);
});

it('leaves what another machine is writing', async () => {
  const a = set('a', 100, 40);
  writeFileSync(path.join(a, 'lock'), JSON.stringify({ pid: 1, host: 'another-machine' }));
  expect(await pruneCache(root, { maxBytes: 0 })).toEqual([]);
  expect(existsSync(a)).toBe(true);
});
