import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';
import type * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { pick } from '../../src/data/dataset.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import type { Features } from '../../src/features/features.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { openPiece, type Piece, rowBytes, rowOffset, sumsOf, writePiece } from '../../src/storage/rows/piece.ts';

const PIECE = 16;
const [ROWS, SHAPE] = [3 * PIECE, [2, 2, 128]];
const every = Array.from({ length: ROWS }, (_, i) => i);
const images = shapes10({ train: ROWS }).train;
let backbone: tf.LayersModel;
let root: string;
beforeAll(async () => void (backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool')));
beforeEach(() => void (root = mkdtempSync(path.join(os.tmpdir(), 'damaged-at-place-'))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

const place = (): string => pathToFileURL(path.join(root, 'shared')).href;
/** Works on a machine of its own, which has a data folder of its own. */
const onMachine = (name: string, of = images): Promise<Features> => {
  vi.stubEnv('GRAFT_DATA', path.join(root, name));
  return extractFeatures(backbone, of, { cache: place(), precision: 'float32', dtype: 'float32', progress: false });
};
/** The same in a process of its own. @returns the rows */
async function inProcess(name: string): Promise<Buffer> {
  const out = path.join(root, `${name}.npy`);
  const args = [
    ...['src/graft.mjs', 'features', '--data', 'shapes10', '--backbone', 'vgg19-mini', '--cut', 'block5_pool'],
    ...['--precision', 'float32', '--dtype', 'float32', '--limit', String(ROWS), '--cache', place(), '--out', out],
  ];
  const env = { ...process.env, GRAFT_DATA: path.join(root, name), GRAFT_HOST: name };
  await promisify(execFile)(process.execPath, args, { env });
  return readFileSync(out).subarray(128);
}
const filesThere = (ending: string): string[] =>
  readdirSync(path.join(root, 'shared'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => path.join(root, 'shared', name))
    .sort();
/** Changes a piece, as a disk may that nobody is writing to. */
function damage(file: string, how: (bytes: Buffer) => Buffer): Buffer {
  const bytes = how(readFileSync(file));
  writeFileSync(file, bytes);
  utimesSync(file, 1, 1);
  return bytes;
}
const changedRow = (bytes: Buffer): Buffer => {
  bytes.writeUInt32LE(7, rowOffset({ rowShape: SHAPE, dtype: 'float32' }, 5));
  return bytes;
};

describe('pieces that were damaged at a place', () => {
  it('are put right there by those who find them, two machines at once, and computed by nobody else', async () => {
    for (let from = 0; from < ROWS; from += PIECE)
      (await onMachine('first', pick(images, every.slice(from, from + PIECE)))).close();
    const rows = await (await onMachine('first')).rows(every);
    const files = filesThere('.npy');
    const whole = files.map((file) => readFileSync(file));
    const damaged = [
      damage(files[0], changedRow),
      damage(files[1], (bytes) => bytes.subarray(0, bytes.length - 100)),
      damage(files[2], (bytes) => (bytes.write('nonsense'), bytes)),
    ];
    for (const own of await Promise.all([inProcess('one'), inProcess('another')]))
      expect(own.equals(Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength))).toBe(true);
    const later = await onMachine('later');
    expect(later.origin!.cached).toBe(ROWS);
    expect(await later.rows(every)).toEqual(rows);
    // that whose rows are known is the same again; of the others nobody knows which rows they held
    expect(readFileSync(files[0]).equals(whole[0])).toBe(true);
    const aside = filesThere('.aside').map((file) => readFileSync(file));
    for (const bytes of damaged) expect(aside.some((one) => one.equals(bytes))).toBe(true);
    for (const file of filesThere('.npy')) expect(() => openPiece(file, SHAPE)).not.toThrow();
  });

  it('whose rows come out otherwise now, as on another kind of CPU, are set aside once others hold all of them', async () => {
    (await onMachine('first')).close();
    const [file] = filesThere('.npy');
    const piece = openPiece(file, SHAPE);
    rmSync(file);
    damage(otherRow(piece, file).file, changedRow);
    const rows = await (await onMachine('one')).rows(every);
    const later = await onMachine('later');
    expect(later.origin!.cached).toBe(ROWS);
    expect(await later.rows(every)).toEqual(rows);
    expect(filesThere('.aside')).toHaveLength(1);
    for (const there of filesThere('.npy')) expect(() => openPiece(there, SHAPE)).not.toThrow();
  });

  it('stay while somebody may be writing them', async () => {
    (await onMachine('first')).close();
    const [file] = filesThere('.npy');
    const bytes = damage(file, changedRow);
    utimesSync(file, new Date(), new Date());
    const one = await onMachine('one');
    expect(one.origin!.cached).toBe(ROWS);
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(filesThere('.aside')).toEqual([]);
  });
});

/** A piece of the same pictures, of which row 5 is another than this machine would compute. */
function otherRow(piece: Piece, file: string): Piece {
  const size = rowBytes(SHAPE, 'float32');
  const bytes = Buffer.from(Float32Array.from({ length: (ROWS * size) / 4 }, (_, i) => i % 10).buffer);
  return writePiece(path.dirname(file), { ...piece, sums: sumsOf(bytes, size) }, [bytes]);
}
