import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { shortPath } from '../project.ts';
import { NPY_HEADER_BYTES, npyHeader } from './npy.ts';
import { type Batch, bytesOfRow, type FeatureStore, leadingRows, noteRows, sha256, writeAll } from './store.ts';

/**
 * Compares every batch of rows 0..n-1 with its checksum and forgets those that differ, so that they are computed again.
 * @returns the ranges that were damaged
 */
export function verify(store: FeatureStore, n: number): [from: number, to: number][] {
  const file = openSync(store.file, 'r');
  const damaged: [number, number][] = [];
  try {
    for (const [key, batch] of store.batches) {
      if (batch.from >= n || verifyBatch(store, file, batch)) continue;
      store.batches.delete(key);
      store.damaged.add(key);
      damaged.push([batch.from, batch.to]);
    }
  } finally {
    closeSync(file);
  }
  return damaged;
}

/** Whether a batch on disk is what was written; its rows are then known. */
function verifyBatch(store: FeatureStore, file: number, { from, to, sha256: expected }: Batch): boolean {
  const length = (to - from) * bytesOfRow(store);
  // a damaged log may claim any number of rows
  if (fstatSync(file).size < NPY_HEADER_BYTES + from * bytesOfRow(store) + length) return false;
  const bytes = Buffer.alloc(length);
  const got = readSync(file, bytes, 0, bytes.length, NPY_HEADER_BYTES + from * bytesOfRow(store));
  if (got !== bytes.length || sha256(bytes) !== expected) return false;
  noteRows(store, from, bytes);
  return true;
}

/**
 * Holds a row that was read to its checksum. A batch that another process wrote is compared with its SHA-256 first.
 * @param file the open .npy file
 * @throws Error naming file and row, when the file was damaged or changed since it was checked
 */
export function checkRow(store: FeatureStore, file: number, row: number, bytes: Uint8Array): void {
  if (!store.rowSums.has(row)) {
    const batch = [...store.batches.values()].find(({ from, to }) => row >= from && row < to);
    if (batch) verifyBatch(store, file, batch);
  }
  if (store.rowSums.get(row) !== crc32(bytes)) {
    throw new Error(
      `${shortPath(store.file)}: the features of image ${row} differ from what was written: the file was damaged or changed. Run it again: what is damaged is computed again.`,
    );
  }
}

/** Writes the .npy header anew where it is not what it should be: cut off by a kill, or damaged. */
export function mendHeader(store: FeatureStore): void {
  const expected = npyHeader([leadingRows(store), ...store.rowShape], store.dtype);
  const file = openSync(store.file, 'r+');
  try {
    const found = Buffer.alloc(expected.length);
    readSync(file, found, 0, found.length, 0);
    if (!found.equals(expected)) writeAll(file, expected, 0);
  } finally {
    closeSync(file);
  }
}
