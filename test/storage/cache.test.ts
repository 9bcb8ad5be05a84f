import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listCache, pruneCache } from '../../src/storage/cache.ts';
import { lock } from '../../src/storage/lock.ts';
import { openStore, openWriter } from '../../src/storage/store.ts';

let root: string;
beforeEach(() => void (root = mkdtempSync(path.join(os.tmpdir(), 'cache-'))));
afterEach(() => rmSync(root, { recursive: true }));

/** A store of `rows` rows of 250 values, 1,000 bytes each, last used so many days ago. */
function store(name: string, rows: number, daysAgo: number): string {
  const made = openStore(root, { network: name }, [250], 'float32', `${name} images`);
  const writer = openWriter(made);
  writer.write(0, new Float32Array(rows * 250));
  writer.close();
  const then = Date.now() / 1000 - daysAgo * 86_400;
  utimesSync(path.join(made.folder, 'manifest.json'), then, then);
  return made.folder;
}

it('lists what is kept, used last first, with its size and what it belongs to', () => {
  store('old', 10, 5);
  store('new', 100, 1);
  writeFileSync(path.join(root, 'something.txt'), '');
  const kept = listCache(root);
  expect(kept.map(({ manifest }) => manifest!.about)).toEqual(['new images', 'old images']);
  expect(kept[0].bytes).toBeGreaterThan(100_000);
  expect(kept[0].bytes).toBeLessThan(101_000);
  expect(listCache(path.join(root, 'nowhere'))).toEqual([]);
});

it('is used again when a run opens it', () => {
  store('a', 1, 9);
  store('b', 1, 1);
  openStore(root, { network: 'a' }, [250], 'float32');
  expect(listCache(root)[0].manifest!.network).toBe('a');
});

it('removes by age, then by size what was used longest ago, and never what is being written', async () => {
  const [a, b, c, d] = [store('a', 100, 40), store('b', 100, 20), store('c', 100, 10), store('d', 100, 1)];
  const unlock = await lock(path.join(a, 'lock'));
  expect(pruneCache(root, { olderThanDays: 15 }).map(({ folder }) => folder)).toEqual([b]);
  unlock();
  expect(pruneCache(root, { olderThanDays: 15 }).map(({ folder }) => folder)).toEqual([a]);
  expect(pruneCache(root, { maxBytes: 150_000 }).map(({ folder }) => folder)).toEqual([c]);
  expect([a, b, c, d].map((folder) => existsSync(folder))).toEqual([false, false, false, true]);
  expect(() => pruneCache(root, { maxBytes: -1 })).toThrow(/maxBytes: expected a number from 0; got -1/);
});
