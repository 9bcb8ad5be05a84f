import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { shortPath } from '../project.ts';
import { makeFolder, removeLeftovers, replaceFile } from './replace-file.ts';
import { hashOf } from './sealed-json.ts';
import { BYTES, type Dtype, NPY_HEADER_BYTES, npyHeader } from './npy.ts';

/** Everything that changes features, in words; its hash names the folder. */
export type FeatureKey = Readonly<Record<string, unknown>>;

/**
 * Features of one sequence of images on disk:
 * - `manifest.json`: what they belong to
 * - `features.npy`: [N, …] float32 or float16, which NumPy opens at any time
 * - `rows.log`: one line for every batch written, with its SHA-256; only rows that stand here are ever read
 *
 * Rows are written in any order and more than once with the same result, so a run cut off at any moment loses its
 * batch in flight and nothing else, and two runs at once cannot harm each other.
 */
export interface FeatureStore {
  readonly folder: string;
  /** The .npy file. */
  readonly file: string;
  /** Of one image: [7, 7, 512] or [4096], say. */
  readonly rowShape: readonly number[];
  readonly dtype: Dtype;
  /** Batches of rows that are there, by their first row. */
  readonly batches: Map<number, Batch>;
  /** First rows of batches that were found damaged and are not written again yet, whatever the log says. */
  readonly damaged: Set<number>;
  /** CRC-32 of rows whose batch was compared with its SHA-256 or written by this process: what is read later is held to it. */
  readonly rowSums: Map<number, number>;
}

/** A batch of rows, as the log has it. */
export interface Batch {
  readonly from: number;
  readonly to: number;
  readonly sha256: string;
}

/**
 * Opens the store that belongs to a key, or makes it.
 * @param about said in the manifest for people, and no part of the key
 */
export function openStore(root: string, key: FeatureKey, rowShape: readonly number[], dtype: Dtype, about = ''): FeatureStore {
  const folder = path.join(root, hashOf(key).slice(0, 24));
  makeFolder(folder);
  removeLeftovers(folder);
  const manifest = path.join(folder, 'manifest.json');
  // written every time: a damaged one is mended, and its time of change says when the features were last used
  replaceFile(manifest, `${JSON.stringify({ about, ...key, dtype, rowShape }, null, 2)}\n`);
  const store = {
    folder,
    file: path.join(folder, 'features.npy'),
    rowShape,
    dtype,
    batches: readLog(folder),
    damaged: new Set<number>(),
    rowSums: new Map<number, number>(),
  };
  if (!existsSync(store.file)) {
    store.batches.clear();
    replaceFile(path.join(folder, 'rows.log'), '');
    replaceFile(store.file, npyHeader([0, ...rowShape], dtype));
  }
  return store;
}

/** Whether an earlier run found that the store's dtype does not hold these features. */
export const isUnfit = (store: FeatureStore): boolean => existsSync(path.join(store.folder, 'unfit'));
export const markUnfit = (store: FeatureStore): void => replaceFile(path.join(store.folder, 'unfit'), `not to be kept as ${store.dtype}\n`);

/** How many of the rows 0..n-1 are there. */
export function rowsPresent(store: FeatureStore, n: number): number {
  return n - missingRanges(store, n).reduce((sum, [from, to]) => sum + to - from, 0);
}

/** The ranges of rows in 0..n-1 that are still to be computed, in order. */
export function missingRanges(store: FeatureStore, n: number): [from: number, to: number][] {
  const missing: [number, number][] = [];
  let at = 0;
  for (const { from, to } of [...store.batches.values()].sort((a, b) => a.from - b.from)) {
    if (from > at) missing.push([at, Math.min(from, n)]);
    at = Math.max(at, to);
    if (at >= n) break;
  }
  if (at < n) missing.push([at, n]);
  return missing.filter(([from, to]) => to > from);
}

/** Takes in what other runs have written since. */
export function refresh(store: FeatureStore): void {
  for (const [from, batch] of readLog(store.folder)) if (!store.damaged.has(from)) store.batches.set(from, batch);
}

/** An open store that takes batches. */
export interface FeatureWriter {
  /** @param rows [b, …] in the store's dtype (halves as 16 bits) for the images from..from+b-1 */
  write(from: number, rows: Float32Array | Uint16Array): void;
  /** Writes the final number of rows into the .npy header and closes. */
  close(): void;
}

export function openWriter(store: FeatureStore): FeatureWriter {
  const data = openSync(store.file, 'r+');
  const log = openSync(path.join(store.folder, 'rows.log'), 'a');
  const rowBytes = bytesOfRow(store);
  return {
    write(from, rows) {
      const bytes = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
      try {
        writeAll(data, bytes, NPY_HEADER_BYTES + from * rowBytes);
      } catch (cause) {
        throw cannotWrite(store.file, cause);
      }
      const batch = { from, to: from + bytes.length / rowBytes, sha256: sha256(bytes) };
      // the line comes after the rows: what stands in the log is there. It starts on a line of its own even if a run
      // before was cut off in the middle of one.
      try {
        writeAll(log, Buffer.from(`\n${JSON.stringify(batch)}\n`), null);
      } catch (cause) {
        throw cannotWrite(path.join(store.folder, 'rows.log'), cause);
      }
      store.batches.set(from, batch);
      store.damaged.delete(from);
      noteRows(store, from, bytes);
    },
    close() {
      try {
        writeAll(data, npyHeader([leadingRows(store), ...store.rowShape], store.dtype), 0);
        fsyncSync(data);
      } finally {
        closeSync(data);
        closeSync(log);
      }
    },
  };
}

const cannotWrite = (file: string, cause: unknown): Error =>
  new Error(`${shortPath(file)} cannot be written: ${(cause as Error).message}. What is done is kept; the same run goes on from there.`, { cause });

/** Notes the checksums of rows whose bytes are known to be right. */
export function noteRows(store: FeatureStore, from: number, bytes: Uint8Array): void {
  const size = bytesOfRow(store);
  for (let at = 0; at < bytes.length; at += size) store.rowSums.set(from + at / size, crc32(bytes.subarray(at, at + size)));
}

/** On disk. */
export const bytesOfRow = (store: FeatureStore): number => store.rowShape.reduce((a, b) => a * b, BYTES[store.dtype]);

/** Rows from the first on without a gap. */
export function leadingRows(store: FeatureStore): number {
  const end = [...store.batches.values()].reduce((max, { to }) => Math.max(max, to), 0);
  return missingRanges(store, end)[0]?.[0] ?? end;
}

function readLog(folder: string): Map<number, Batch> {
  const file = path.join(folder, 'rows.log');
  const batches = new Map<number, Batch>();
  if (!existsSync(file)) return batches;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const batch = parseBatch(line);
    if (batch) batches.set(batch.from, batch);
  }
  return batches;
}

/** A whole line of the log; a line cut off by a kill counts as never written. */
function parseBatch(line: string): Batch | undefined {
  if (!line.endsWith('}')) return undefined;
  try {
    const { from, to, sha256: hash } = JSON.parse(line) as Batch;
    if (Number.isInteger(from) && Number.isInteger(to) && from >= 0 && to > from && /^[0-9a-f]{64}$/.test(hash)) return { from, to, sha256: hash };
  } catch {
    // not a line of ours
  }
  return undefined;
}

export function writeAll(file: number, bytes: Buffer, position: number | null): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, position === null ? null : position + done);
  }
}

export const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
