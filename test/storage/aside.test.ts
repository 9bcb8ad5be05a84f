import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keyOf } from '../../src/storage/rows/keys.ts';
import { rowOffset } from '../../src/storage/rows/piece.ts';
import { makeRowSet, openRowSet, type RowSet } from '../../src/storage/rows/row-set.ts';
import { mendPieces, openWriter } from '../../src/storage/rows/row-writer.ts';
import { verifyCache } from '../../src/storage/rows/upkeep.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'aside-'));
  folder = path.join(root, 'set');
  makeRowSet(folder, { format: 'graft features 2', rowShape: [3] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true });
});

const NAMES = [1, 2, 3];
const keys = Buffer.concat(NAMES.map((name) => keyOf(String(name))));
function write(): void {
  const writer = openWriter(folder, [3]);
  writer.write(
    keys,
    Float32Array.from({ length: 9 }, (_, i) => i),
  );
  writer.close();
}
const open = (): RowSet => openRowSet(folder, [3], 'auto');
const found = (): number =>
  open()
    .index.find(keys)
    .filter((row) => row >= 0).length;
const names = (): string[] => readdirSync(folder).filter((name) => name !== 'manifest.json');
/** As `cp` leaves a file in the middle of its work. */
const half = (file: string): void => writeFileSync(file, readFileSync(file).subarray(0, 200));

describe('a piece that is not whole', () => {
  it('stays while somebody may be writing it, and is read once it is whole', async () => {
    write();
    const [{ file }] = open().pieces;
    const bytes = readFileSync(file);
    half(file);
    expect(mendPieces(open())).toEqual({ rows: 0, files: [] });
    expect(await verifyCache(root)).toMatchObject([{ broken: [], left: [{ file }] }]);
    writeFileSync(file, bytes);
    expect(found()).toBe(3);
  });

  it('makes room for the same rows when they are computed meanwhile, and is there again', () => {
    write();
    const [{ file }] = open().pieces;
    const bytes = readFileSync(file);
    half(file);
    write();
    expect(found()).toBe(3);
    const [aside] = names().filter((name) => name.endsWith('.aside'));
    writeFileSync(path.join(folder, aside), bytes); // `cp` ends
    mendPieces(open());
    expect(names()).toEqual([path.basename(file)]);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  it('is set aside when nobody has written it for long, put back should it be whole, removed after a day', () => {
    write();
    const [{ file }] = open().pieces;
    const bytes = readFileSync(file);
    half(file);
    utimesSync(file, 1, 1);
    expect(mendPieces(open()).files).toEqual([file]);
    expect(names()).toEqual([`${path.basename(file)}.aside`]);
    expect(open().suspects).toBe(1); // the next run looks at it
    writeFileSync(`${file}.aside`, bytes);
    mendPieces(open());
    expect([names(), found()]).toEqual([[path.basename(file)], 3]);
    half(file);
    utimesSync(file, 1, 1);
    mendPieces(open());
    mendPieces(open());
    expect(names()).toHaveLength(1);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 86_400_000 });
    mendPieces(open());
    expect(names()).toEqual([]);
  });

  it('keeps its whole rows, and the rest of it aside', () => {
    write();
    const [{ file, rowShape }] = open().pieces;
    const bytes = readFileSync(file);
    bytes[rowOffset({ rowShape, dtype: 'float32' }, 1)] ^= 1;
    writeFileSync(file, bytes);
    expect(mendPieces(open(), { all: true })).toEqual({ rows: 1, files: [file] });
    expect(found()).toBe(2);
    expect(readFileSync(`${file}.aside`).equals(bytes)).toBe(true);
  });
});

describe('a file that cannot be read', () => {
  it('stays, also where it was set aside for more than a day', () => {
    mkdirSync(path.join(folder, 'nobody-knows.npy.aside'));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 86_400_000 });
    mendPieces(open());
    expect(names()).toEqual(['nobody-knows.npy.aside']);
  });

  it('is not damaged: a folder, a link to nothing, a link in a circle stay, and are named', async () => {
    write();
    const [whole] = names();
    mkdirSync(path.join(folder, 'a-folder.npy'));
    symlinkSync('nowhere', path.join(folder, 'dangling.npy'));
    symlinkSync('circle.npy', path.join(folder, 'circle.npy'));
    const { unreadable, damaged } = open();
    expect(damaged).toEqual([]);
    expect(unreadable.map(({ file }) => path.basename(file))).toEqual(['a-folder.npy', 'circle.npy', 'dangling.npy']);
    expect(unreadable[2].reason).toBe('it is a link to nothing');
    expect(found()).toBe(3);
    mendPieces(open(), { all: true });
    const [verified] = await verifyCache(root);
    expect(verified).toMatchObject({ damaged: 0, broken: [], left: [{}, {}, {}] });
    expect(names().sort()).toEqual(['a-folder.npy', 'circle.npy', 'dangling.npy', whole].sort());
  });
});
