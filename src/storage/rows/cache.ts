import { closeSync, lstatSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { lockNow } from '../files/lock.ts';
import { NPY_HEADER_BYTES, parseNpyHeader } from './npy.ts';
import { PIECE } from './piece.ts';
import { readManifest } from './row-set.ts';
import { listFolder } from '../files/sealed-json.ts';
import { countVersions, type VersionedRows } from './versions.ts';

/** A set of features that is kept on disk, so that it need not be computed again. */
export interface CacheEntry {
  readonly folder: string;
  /** What it belongs to, as `manifest.json` says; undefined if that cannot be read. */
  readonly manifest: Readonly<Record<string, unknown>> | undefined;
  /** The number of files of rows. */
  readonly pieces: number;
  /** The number of rows in all pieces. */
  readonly rows: number;
  /** Which versions made how many rows; none for those that earlier versions of Graft kept otherwise. */
  readonly versions: readonly VersionedRows[];
  /** The bytes on disk. */
  readonly bytes: number;
  /** When a run last used it. */
  readonly lastUse: Date;
}

/** Lists everything that is kept, most recently used first. */
export function listCache(root: string): CacheEntry[] {
  const folders = listFolder(root).map((name) => path.join(root, name));
  return folders
    .filter((folder) => path.basename(folder) !== 'calibration')
    .flatMap(setOf)
    .sort((a, b) => b.lastUse.getTime() - a.lastUse.getTime());
}

function setOf(folder: string): CacheEntry[] {
  const names = namesIn(folder);
  const pieces = names.filter((name) => name.endsWith(PIECE));
  if (!names.includes(MANIFEST) && !pieces.length) return [];
  const rows = pieces.map((name) => rowsIn(path.join(folder, name)));
  const used = statSync(path.join(folder, names.includes(MANIFEST) ? MANIFEST : pieces[0]), { throwIfNoEntry: false });
  return [
    {
      folder,
      manifest: readManifest(folder),
      pieces: pieces.length,
      rows: rows.reduce((sum, own) => sum + own, 0),
      versions: countVersions(
        folder,
        pieces.map((file, i) => ({ file, rows: rows[i] })),
      ),
      bytes: bytesOf(folder, names),
      lastUse: used?.mtime ?? new Date(),
    },
  ];
}

const MANIFEST = 'manifest.json';

export interface PruneOptions {
  /** Removes sets that no run has used for this many days. */
  readonly olderThanDays?: number;
  /** Then removes the least recently used sets, until at most this many bytes are left. */
  readonly maxBytes?: number;
}

/**
 * Removes features by age or size; sets that a running process is writing stay.
 * @returns the sets that were removed
 */
export async function pruneCache(root: string, { olderThanDays, maxBytes }: PruneOptions): Promise<CacheEntry[]> {
  for (const [name, value] of Object.entries({ olderThanDays, maxBytes })) {
    if (value !== undefined && !(value >= 0)) throw new RangeError(`${name}: expected a number from 0; got ${value}.`);
  }
  const now = Date.now();
  const removed: CacheEntry[] = [];
  let kept = 0;
  for (const entry of listCache(root)) {
    const old = olderThanDays !== undefined && now - entry.lastUse.getTime() > olderThanDays * 86_400_000;
    const large = maxBytes !== undefined && kept + entry.bytes > maxBytes;
    if ((old || large) && (await remove(entry))) removed.push(entry);
    else kept += entry.bytes;
  }
  return removed;
}

/** @returns false if a process is writing there */
async function remove({ folder }: CacheEntry): Promise<boolean> {
  if (typeof (await lockNow(path.join(folder, 'lock'))) === 'string') return false;
  // gone at once for every reader, whatever happens while its files are removed
  const aside = `${folder}.${randomBytes(6).toString('hex')}.pruned`;
  renameSync(folder, aside);
  rmSync(aside, { recursive: true, force: true });
  return true;
}

/** Gives the number of rows of a piece, as its header says. */
function rowsIn(file: string): number {
  const header = Buffer.alloc(NPY_HEADER_BYTES);
  try {
    const handle = openSync(file, 'r');
    try {
      readSync(handle, header, 0, header.length, 0);
    } finally {
      closeSync(handle);
    }
  } catch {
    return 0; // merged by another process in between
  }
  return parseNpyHeader(header)?.shape[0] ?? 0;
}

/** Lists the names in a folder; none if it is not a folder, or has gone. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const bytesOf = (folder: string, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + (lstatSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
