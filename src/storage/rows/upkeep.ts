import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { type CacheEntry, listCache } from './cache.ts';
import { createKeyIndex } from './keys.ts';
import { lockNow } from '../files/lock.ts';
import type { Piece } from './piece.ts';
import { removeLeftovers } from '../files/put.ts';
import { openRowSet, type RowSet } from './row-set.ts';
import { mendPieces, mergePieces, reopen } from './row-writer.ts';
import { readSealed } from '../files/sealed-json.ts';

/** The result for a set of features, or why it was skipped. */
export type Upkeep<T> = { readonly entry: CacheEntry } & ({ readonly skipped: string } | T);

export interface Verified {
  /** How many rows were checked. */
  readonly rows: number;
  /** How many rows differ from what was written; they are set aside, and computed again when they are needed. */
  readonly damaged: number;
  /** The files that contained them. */
  readonly files: readonly string[];
  /** Files that are not whole sets of rows; they are set aside too. */
  readonly broken: readonly string[];
  /** Files that are left as they are, and why: they cannot be read, or somebody may still be writing them. */
  readonly left: readonly { readonly file: string; readonly reason: string }[];
}

/**
 * Compares every row with its checksum, and keeps the whole ones.
 * @throws the signal's reason if aborted
 */
export const verifyCache = (
  root: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Upkeep<Verified>[]> => eachSet(root, signal, (set) => verifySet(set, signal));

async function verifySet(set: RowSet, signal?: AbortSignal): Promise<Verified> {
  const files: string[] = [];
  let damaged = 0;
  const broken = mendPieces({ ...set, pieces: [] }).files;
  const left = [...set.unreadable, ...set.damaged.filter(({ file }) => !broken.includes(file))];
  for (const piece of set.pieces) {
    await breathe();
    signal?.throwIfAborted();
    try {
      const found = mendPieces({ ...set, pieces: [piece], damaged: [] }, { all: true });
      damaged += found.rows;
      files.push(...found.files);
    } catch (error) {
      left.push({ file: piece.file, reason: (error as Error).message });
    }
  }
  return { rows: set.pieces.reduce((sum, { n }) => sum + n, 0), damaged, files, broken, left };
}

export interface Merged {
  /** The number of pieces before and after. */
  readonly before: number;
  readonly after: number;
  /** How many of these pieces were removed because all their rows are in others. */
  readonly dropped: number;
}

/**
 * Makes large pieces of small ones, and removes those whose rows are all in others of the same dtype. If many machines
 * share the work, their plans know each piece by its name: these sets are left as they are.
 */
export const mergeCache = (
  root: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Upkeep<Merged>[]> => {
  const planned = setsOfPlans(root);
  const why = (set: string): string | undefined =>
    planned.has(set) ? `plan ${planned.get(set)} knows its pieces by their names` : undefined;
  return eachSet(root, signal, (set) => mergeSet(set, signal), why);
};

async function mergeSet(set: RowSet, signal?: AbortSignal): Promise<Merged> {
  const before = set.pieces.length;
  let now = set;
  if (redundant(now.pieces).length) {
    await verifySet(now, signal); // the kept copy has to be whole before the other one goes
    now = reopen(now);
  }
  const dropped = redundant(now.pieces);
  for (const { file } of dropped) rmSync(file, { force: true });
  mergePieces(
    now.folder,
    now.pieces.filter((piece) => !dropped.includes(piece)),
  );
  return { before, after: reopen(now).pieces.length, dropped: dropped.length };
}

/** Gives the sets that plans of many machines are about, each with a plan's id. */
function setsOfPlans(root: string): Map<string, string> {
  const folder = path.join(root, 'plans');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return new Map(
    names.flatMap((name) => {
      try {
        return [[readSealed<{ readonly set: string }>(path.join(folder, name)).set, path.basename(name, '.json')]];
      } catch {
        return []; // damaged: nobody can continue it
      }
    }),
  );
}

/** Gives the pieces whose rows are all in others; of equal ones the larger stays. */
function redundant(pieces: readonly Piece[]): Piece[] {
  return (['float16', 'float32'] as const).flatMap((dtype) => {
    const all = pieces.filter((piece) => piece.dtype === dtype).sort((a, b) => b.n - a.n);
    const index = createKeyIndex(all.reduce((sum, { n }) => sum + n, 0));
    return all.filter(({ keys }) => {
      if (index.find(keys).every((position) => position >= 0)) return true;
      index.add(keys);
      return false;
    });
  });
}

/** Visits the sets that no process is writing. */
async function eachSet<T>(
  root: string,
  signal: AbortSignal | undefined,
  work: (set: RowSet) => Promise<T>,
  whyNot: (set: string) => string | undefined = () => undefined,
): Promise<Upkeep<T>[]> {
  const done: Upkeep<T>[] = [];
  for (const entry of listCache(root)) {
    signal?.throwIfAborted();
    const { folder, manifest } = entry;
    const rowShape = manifest?.rowShape as readonly number[] | undefined;
    if (!rowShape) {
      done.push({ entry, skipped: 'its manifest.json cannot be read, so nobody can tell what its rows are' });
      continue;
    }
    const reason = whyNot(path.basename(folder));
    if (reason) {
      done.push({ entry, skipped: reason });
      continue;
    }
    const unlock = await lockNow(path.join(folder, 'lock'));
    if (typeof unlock === 'string') {
      done.push({ entry, skipped: unlock });
      continue;
    }
    try {
      removeLeftovers(folder);
      done.push({ entry, ...(await work(openRowSet(folder, rowShape, 'auto'))) });
    } finally {
      unlock();
    }
    await breathe();
  }
  return done;
}
