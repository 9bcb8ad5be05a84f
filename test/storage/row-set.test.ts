import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyIndex, keyAt, keyOf } from '../../src/storage/keys.ts';
import { lock } from '../../src/storage/lock.ts';
import { openPiece, writePiece, sumsOf } from '../../src/storage/piece.ts';
import { hostName, putIfAbsent, removeLeftovers, temporaryName } from '../../src/storage/put.ts';
import { makeRowSet, openReader, openRowSet, readManifest } from '../../src/storage/row-set.ts';
import { mendPieces, mergePieces, openWriter } from '../../src/storage/row-writer.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'rows-'))));
afterEach(() => {
  delete process.env.GRAFT_HOST;
  rmSync(folder, { recursive: true });
});

const keysOf = (names: readonly (string | number)[]): Uint8Array =>
  Buffer.concat(names.map((name) => keyOf(String(name))));
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const rowsOf = (n: number, from = 0): Float32Array => Float32Array.from({ length: n * 3 }, (_, i) => from * 3 + i);

describe('an index of keys', () => {
  it('finds each key’s first place, and -1 for others', () => {
    const index = createKeyIndex(1000);
    index.add(keysOf(range(600)));
    index.add(keysOf([...range(10), ...range(400).map((i) => i + 600)].slice(0, 400)));
    const places = index.find(keysOf([0, 599, 'nowhere', 600, 989]));
    expect([...places]).toEqual([0, 599, -1, 610, 999]);
    expect([...index.find(keysOf(range(10)))]).toEqual(range(10));
    expect(index.find(new Uint8Array(0))).toHaveLength(0);
    expect(() => createKeyIndex(1).add(keysOf(range(100)))).toThrow('keys: expected up to 1; got 100.');
  });

  it('takes keys from anywhere in memory', () => {
    const bytes = new Uint8Array(33);
    bytes.set(keyOf('x'), 1);
    const index = createKeyIndex(2);
    index.add(bytes.subarray(1, 17));
    expect([...index.find(keysOf(['x']))]).toEqual([0]);
    expect(keyAt(bytes.subarray(1, 17), 0)).toEqual(Uint8Array.from(keyOf('x')));
  });
});

describe('a set of rows', () => {
  const write = (names: readonly (string | number)[], rows = rowsOf(names.length)): void => {
    const writer = openWriter(folder, [3]);
    writer.write(keysOf(names), rows);
    writer.close();
  };

  it('gives rows by their keys, from whichever piece holds them', () => {
    write(range(5));
    write([5, 6], rowsOf(2, 5));
    const set = openRowSet(folder, [3], 'auto');
    expect(set.pieces.map(({ n }) => n).sort()).toEqual([2, 5]);
    const reader = openReader(set);
    expect([...reader.read(set.index.find(keysOf([6, 0, 1])))]).toEqual([18, 19, 20, 0, 1, 2, 3, 4, 5]);
    reader.close();
    expect(openRowSet(path.join(folder, 'nowhere'), [3], 'auto').pieces).toEqual([]);
  });

  it('writes the same rows of two processes as the same file', () => {
    write(range(5));
    const [name] = readdirSync(folder);
    const before = statSync(path.join(folder, name)).mtimeMs;
    write(range(5));
    expect(readdirSync(folder)).toEqual([name]);
    expect(statSync(path.join(folder, name)).mtimeMs).toBe(before);
  });

  it('flushes what waits after a while, whether or not more comes', async () => {
    const writer = openWriter(folder, [3], { flushMs: 30 });
    writer.write(keysOf([1]), rowsOf(1));
    expect(readdirSync(folder)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(readdirSync(folder)).toHaveLength(1);
    writer.write(keysOf([2]), rowsOf(1, 1));
    writer.write(keysOf([3]), Uint16Array.of(0, 0x3c00, 0x4000)); // halves
    writer.close();
    const set = openRowSet(folder, [3], 'auto');
    expect(set.pieces.map(({ n, dtype }) => [n, dtype])).toEqual([
      [1, 'float16'],
      [2, 'float32'],
    ]);
    expect([...openReader(set).read(set.index.find(keysOf([3, 1])))]).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('merges small pieces, of each dtype for itself, and a kill in between loses nothing', () => {
    for (let i = 0; i < 6; i++) write([i], rowsOf(1, i));
    const { pieces } = openRowSet(folder, [3], 'auto');
    const copies = pieces.map(({ file }) => [file, readFileSync(file)] as const);
    expect(mergePieces(folder, pieces)).toEqual({ before: 6, after: 1 });
    expect(readdirSync(folder)).toHaveLength(1);
    for (const [file, bytes] of copies.slice(0, 2)) writeFileSync(file, bytes); // killed before they were removed
    const set = openRowSet(folder, [3], 'auto');
    expect([...openReader(set).read(set.index.find(keysOf([0, 5])))]).toEqual([0, 1, 2, 15, 16, 17]);
  });

  it('leaves pieces alone that another process merges at the same time, and looks over those that have gone', () => {
    for (let i = 0; i < 3; i++) write([i], rowsOf(1, i));
    const { pieces, ...set } = openRowSet(folder, [3], 'auto');
    const bytes = readFileSync(pieces[1].file);
    const leaving = {
      ...pieces[1],
      get keys() {
        rmSync(pieces[1].file, { force: true }); // found, then gone before its rows are read
        return pieces[1].keys;
      },
    };
    expect(mergePieces(folder, [pieces[0], leaving, pieces[2]])).toEqual({ before: 0, after: 0 });
    expect(readdirSync(folder)).toHaveLength(2);
    expect(mendPieces({ ...set, pieces: [pieces[1]] }, { all: true })).toEqual({ rows: 0, files: [] });
    writeFileSync(pieces[1].file, bytes);
    expect(mergePieces(folder, pieces)).toEqual({ before: 3, after: 1 });
  });

  it('refuses a piece with other rows, cut short or changed, and names it', () => {
    write(range(4));
    const file = path.join(folder, readdirSync(folder)[0]);
    const bytes = readFileSync(file);
    expect(() => openPiece(file, [4])).toThrow(/\.npy is damaged: expected rows of \[4\]; its header says \[4, 3\]/);
    for (const [at, why] of [
      [60, /its checksum differs|its header says/],
      [128 + 4 * 12 + 5, /its checksum differs/],
      [bytes.length - 1, /its checksum differs/],
    ] as const) {
      const changed = Buffer.from(bytes);
      changed[at] ^= 1;
      writeFileSync(file, changed);
      expect(() => openPiece(file, [3]), String(at)).toThrow(why);
    }
    writeFileSync(file, bytes.subarray(0, bytes.length - 10));
    expect(() => openPiece(file, [3])).toThrow(/is damaged: expected 4 rows; got \d+ bytes/);
    writeFileSync(file, bytes.subarray(0, 20));
    expect(() => openPiece(file, [3])).toThrow(/is damaged: it has 20 bytes/);
    expect(openRowSet(folder, [3], 'auto').damaged).toHaveLength(1);
  });

  it('says what it belongs to, once', () => {
    makeRowSet(folder, { network: 'vgg16' });
    makeRowSet(folder, { network: 'another' });
    expect(readManifest(folder)).toEqual({ network: 'vgg16' });
    writeFileSync(path.join(folder, 'manifest.json'), '{"network": "changed"}');
    expect(readManifest(folder)).toBeUndefined();
  });
});

describe('half-written files', () => {
  it('carry host and process in their names; only this machine’s dead processes’ are removed', () => {
    const file = path.join(folder, 'a.npy');
    expect(path.basename(temporaryName(file))).toBe(`.a.npy.${hostName()}.${process.pid}.tmp`);
    const dead = 2 ** 22 + 7; // above the largest process id
    for (const name of [
      `.a.${hostName()}.${dead}.tmp`,
      `.b.${hostName()}.${process.pid}.tmp`,
      `.c.other-host.${dead}.tmp`,
    ])
      writeFileSync(path.join(folder, name), '');
    removeLeftovers(folder);
    expect(readdirSync(folder).sort()).toEqual([`.b.${hostName()}.${process.pid}.tmp`, `.c.other-host.${dead}.tmp`]);
    process.env.GRAFT_HOST = 'other-host';
    removeLeftovers(folder);
    expect(readdirSync(folder)).toEqual([`.b.${os.hostname().replace(/[^\w-]/g, '-')}.${process.pid}.tmp`]);
  });

  it('never stand in the place of a whole one, and a whole one is never overwritten', () => {
    putIfAbsent(folder, 'x', () => [Buffer.from('first')]);
    putIfAbsent(folder, 'x', () => [Buffer.from('second')]);
    expect(readFileSync(path.join(folder, 'x'), 'utf8')).toBe('first');
    const failing = function* (): Generator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('no room');
    };
    expect(() => putIfAbsent(folder, 'y', failing)).toThrow(
      /y cannot be written: no room\. What was there before is kept/,
    );
    expect(readdirSync(folder)).toEqual(['x']);
  });
});

describe('a lock', () => {
  it('is waited for within this machine, also in this very process, and not for another machine’s', async () => {
    const file = path.join(folder, 'lock');
    const first = await lock(file);
    let waited = 0;
    const second = lock(file, { onWait: () => waited++ });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(waited).toBeGreaterThan(0);
    first();
    const unlock = await second;
    process.env.GRAFT_HOST = 'another-machine';
    (await lock(file))(); // goes on at once, and leaves the other's lock alone
    delete process.env.GRAFT_HOST;
    expect(existsSync(file)).toBe(true);
    unlock();
    expect(existsSync(file)).toBe(false);
    await expect(lock(path.join(folder, 'nowhere', 'lock'))).rejects.toThrow(/ENOENT/);
  });

  it('ends its waiting when told to', async () => {
    const unlock = await lock(path.join(folder, 'lock'));
    const controller = new AbortController();
    const waiting = lock(path.join(folder, 'lock'), { signal: controller.signal });
    controller.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow(/stop|aborted/);
    unlock();
  });
});

it('a piece’s name follows from what it holds', () => {
  const parts = {
    keys: keysOf([1, 2]),
    sums: sumsOf(Buffer.from(rowsOf(2).buffer), 12),
    rowShape: [3],
    dtype: 'float32',
  } as const;
  const a = writePiece(folder, parts, [Buffer.from(rowsOf(2).buffer)]);
  utimesSync(a.file, 1, 1);
  expect(writePiece(folder, parts, [Buffer.from(rowsOf(2).buffer)]).file).toBe(a.file);
  expect(statSync(a.file).mtimeMs).toBe(1000);
  const other = writePiece(folder, { ...parts, keys: keysOf([1, 3]) }, [Buffer.from(rowsOf(2).buffer)]);
  expect(other.file).not.toBe(a.file);
});
