import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keyOf } from '../../src/storage/rows/keys.ts';
import { lock } from '../../src/storage/files/lock.ts';
import { rowOffset } from '../../src/storage/rows/piece.ts';
import { makeRowSet, openReader, openRowSet, type RowSet } from '../../src/storage/rows/row-set.ts';
import { openWriter } from '../../src/storage/rows/row-writer.ts';
import { sealed } from '../../src/storage/files/sealed-json.ts';
import { mergeCache, verifyCache } from '../../src/storage/rows/upkeep.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'upkeep-'));
  folder = path.join(root, 'set');
  makeRowSet(folder, { format: 'graft features 2', rowShape: [4] });
});
afterEach(() => rmSync(root, { recursive: true }));

const keys = (names: readonly number[]): Uint8Array => Buffer.concat(names.map((name) => keyOf(`picture ${name}`)));
const values = (names: readonly number[]): number[] => names.flatMap((name) => [name, name + 0.25, name + 0.5, -name]);

/** A piece of the rows of some pictures, as one run leaves it. */
function piece(names: readonly number[], Rows: typeof Float32Array | typeof Uint16Array = Float32Array): void {
  const writer = openWriter(folder, [4]);
  writer.write(
    keys(names),
    Rows === Float32Array ? Float32Array.from(values(names)) : new Uint16Array(names.length * 4),
  );
  writer.close();
}

const open = (): RowSet => openRowSet(folder, [4], 'float32');
const npys = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.npy'));

/** What the set holds for some pictures; undefined for those that are missing. */
function rowsOf(names: readonly number[]): (number[] | undefined)[] {
  const set = open();
  const reader = openReader(set);
  const rows = Array.from(set.index.find(keys(names)), (row) => (row < 0 ? undefined : [...reader.read([row])]));
  reader.close();
  return rows;
}

function damage(row: number): string {
  const [{ file, rowShape }] = open().pieces;
  const bytes = readFileSync(file);
  bytes[rowOffset({ rowShape, dtype: 'float32' }, row)] ^= 1;
  writeFileSync(file, bytes);
  return file;
}

it('verifies every row, keeps what is whole and says what was found', async () => {
  piece([1, 2, 3]);
  expect(await verifyCache(root)).toMatchObject([{ rows: 3, damaged: 0, files: [], broken: [] }]);
  const file = damage(1);
  const broken = path.join(folder, 'cut-off.npy');
  writeFileSync(broken, readFileSync(file).subarray(0, 150));
  utimesSync(broken, 1, 1); // nobody is writing it any more
  expect(await verifyCache(root)).toMatchObject([{ rows: 3, damaged: 1, files: [file], broken: [broken], left: [] }]);
  expect(rowsOf([1, 2, 3])).toEqual([values([1]), undefined, values([3])]);
  expect(await verifyCache(root)).toMatchObject([{ rows: 2, damaged: 0, files: [], broken: [] }]);
});

it('merges small pieces into one that holds the same rows', async () => {
  for (const names of [[1, 2], [3], [4, 5, 6]]) piece(names);
  expect(npys()).toHaveLength(3);
  expect(await mergeCache(root)).toMatchObject([{ before: 3, after: 1, dropped: 0 }]);
  expect(npys()).toHaveLength(1);
  expect(rowsOf([6, 1, 3])).toEqual([values([6]), values([1]), values([3])]);
  expect(await mergeCache(root)).toMatchObject([{ before: 1, after: 1, dropped: 0 }]);
});

it('drops pieces whose rows all stand in others of the same dtype, as long as those are whole', async () => {
  piece([1, 2, 3, 4]);
  piece([3, 1]);
  piece([2], Uint16Array); // float16 does not hold what float32 does, nor the other way round
  expect(await mergeCache(root)).toMatchObject([{ before: 3, after: 2, dropped: 1 }]);
  expect(rowsOf([1, 2, 3, 4])).toEqual([1, 2, 3, 4].map((name) => values([name])));

  piece([3, 1]);
  const large = open().pieces.find(({ n }) => n === 4)!.file;
  const bytes = readFileSync(large);
  bytes[rowOffset({ rowShape: [4], dtype: 'float32' }, 2)] ^= 1; // picture 3: only the small piece still has it
  writeFileSync(large, bytes);
  await mergeCache(root);
  expect(rowsOf([1, 2, 3, 4])).toEqual([1, 2, 3, 4].map((name) => values([name])));
});

it('leaves a set that a process is writing, and one that nobody can read', async () => {
  piece([1]);
  const unlock = await lock(path.join(folder, 'lock'));
  expect(await verifyCache(root)).toMatchObject([
    { skipped: expect.stringMatching(/^this process is at work here \(.*lock, touched 0 min ago\)$/) as string },
  ]);
  expect(await mergeCache(root)).toMatchObject([
    { skipped: expect.stringMatching(/^this process is at work here \(.*lock, touched 0 min ago\)$/) as string },
  ]);
  unlock();
  writeFileSync(path.join(folder, 'manifest.json'), '{');
  expect(await verifyCache(root)).toMatchObject([
    { skipped: expect.stringContaining('manifest.json cannot be read') as string },
  ]);
  expect(readdirSync(folder)).not.toContain('lock');
});

it('merges nothing of a set that a plan of many machines is about: it knows the pieces by their names', async () => {
  piece([1]);
  piece([2]);
  mkdirSync(path.join(root, 'plans'));
  writeFileSync(path.join(root, 'plans/damaged.json'), '{');
  writeFileSync(path.join(root, 'plans/0123.json'), sealed({ kind: 'features', set: 'set' }));
  expect(await mergeCache(root)).toMatchObject([{ skipped: 'plan 0123 knows its pieces by their names' }]);
  expect(npys()).toHaveLength(2);
  expect(await verifyCache(root)).toMatchObject([{ rows: 2, damaged: 0 }]);
});

it('ends between two pieces when it is interrupted, and gives the lock back', async () => {
  piece([1]);
  await expect(verifyCache(root, { signal: AbortSignal.abort(new Error('interrupted')) })).rejects.toThrow(
    'interrupted',
  );
  expect(readdirSync(folder)).not.toContain('lock');
});
