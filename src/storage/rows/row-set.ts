import { closeSync, existsSync, lstatSync, openSync, readdirSync, readSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { shortPath } from '../../project.ts';
import { asideIn } from '../places/aside.ts';
import { fromFloat16 } from './float16.ts';
import { createKeyIndex, type KeyIndex } from './keys.ts';
import type { Dtype } from './npy.ts';
import { DamagedPiece, openPiece, type Piece, PIECE, rowBytes, rowOffset } from './piece.ts';
import { putIfAbsent } from '../files/put.ts';
import { makeFolder } from '../files/replace-file.ts';
import { isDamaged, readSealed, sealed, writeSealed } from '../files/sealed-json.ts';
import { countVersions, type VersionedRows } from './versions.ts';

/** Which rows are wanted: of one dtype, or of either. */
export type WantedDtype = Dtype | 'auto';

/**
 * The rows of one backbone: a folder of pieces. Nothing in it is ever changed, so it is consistent without a lock, and
 * readers write nothing.
 */
export interface RowSet {
  readonly folder: string;
  readonly rowShape: readonly number[];
  readonly dtype: WantedDtype;
  /** The pieces in the order in which their rows are numbered. */
  readonly pieces: readonly Piece[];
  /** The number of each piece's first row. */
  readonly starts: readonly number[];
  readonly index: KeyIndex;
  /** Files that are not whole pieces, and why; they count as missing. */
  readonly damaged: readonly { readonly file: string; readonly reason: string }[];
  /** Files whose state is unknown, since they cannot be read; they count as missing, and stay. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
  /** The number of pieces in which a reader found a damaged row, and of those that were set aside. */
  readonly suspects: number;
}

const MANIFEST = 'manifest.json';
/** Ends the name of the note that a reader found damaged rows in a piece. */
export const SUSPECT = '.suspect';

/** Notes what a set belongs to, if that is not noted yet or damaged, and when it was used. */
export function makeRowSet(folder: string, manifest: object): void {
  makeFolder(folder);
  const file = path.join(folder, MANIFEST);
  if (isDamaged(file)) writeSealed(file, manifest);
  putIfAbsent(folder, MANIFEST, () => [Buffer.from(sealed(manifest))]);
}

/** Reads what a set belongs to; undefined if that cannot be read. */
export function readManifest(folder: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return readSealed<Record<string, unknown>>(path.join(folder, MANIFEST));
  } catch {
    return undefined;
  }
}

/** Notes the time of a use, for `graft cache`; on a read-only disk it does nothing. */
export function noteUse(folder: string): void {
  try {
    utimesSync(path.join(folder, MANIFEST), new Date(), new Date());
  } catch {
    // another user's, or not there yet
  }
}

/**
 * Opens a set as it is: pieces, their keys and sums. A missing folder is an empty set.
 * @param rowShape the shape of one row: [7, 7, 512] or [4096], say
 * @param dtype `auto` takes rows of both types, float16 before float32
 */
export function openRowSet(folder: string, rowShape: readonly number[], dtype: WantedDtype): RowSet {
  const pieces: Piece[] = [];
  const [damaged, unreadable]: { file: string; reason: string }[][] = [[], []];
  const all = existsSync(folder) ? readdirSync(folder).sort() : [];
  for (const name of all.filter((name) => name.endsWith(PIECE))) {
    const file = path.join(folder, name);
    try {
      const piece = openPiece(file, rowShape);
      if (dtype === 'auto' || piece.dtype === dtype) pieces.push(piece);
    } catch (error) {
      // merged by another process in between: its rows are in a new piece
      if (isGone(error) && !lstatSync(file, { throwIfNoEntry: false })) return openRowSet(folder, rowShape, dtype);
      if (isLimit(error)) throw error;
      const reason = isGone(error) ? 'it is a link to nothing' : (error as Error).message;
      (error instanceof DamagedPiece ? damaged : unreadable).push({ file, reason });
    }
  }
  pieces.sort((a, b) => (a.dtype === b.dtype ? 0 : a.dtype === 'float16' ? -1 : 1));
  const index = createKeyIndex(pieces.reduce((sum, { n }) => sum + n, 0));
  const starts: number[] = [];
  let count = 0;
  for (const piece of pieces) {
    starts.push(count);
    index.add(piece.keys);
    count += piece.n;
  }
  const suspects = all.filter((name) => name.endsWith(SUSPECT)).length + asideIn(all).length;
  return { folder, rowShape, dtype, pieces, starts, index, damaged, unreadable, suspects };
}

/** Whether the system cannot open more files, which says nothing about this one. */
const isLimit = (error: unknown): boolean => /^E[MN]FILE$/.test((error as NodeJS.ErrnoException).code ?? '');

/** Whether an error, or its cause, is that a file is not there (any more). */
export const isGone = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException).code === 'ENOENT' ||
  (error instanceof Error && error.cause !== undefined && isGone(error.cause));

/** Counts rows of a set by the versions that made them, most rows first. */
export function versionsOf({ folder, pieces, starts }: RowSet, rows: ArrayLike<number>): VersionedRows[] {
  const counts = new Int32Array(pieces.length);
  for (let i = 0; i < rows.length; i++) counts[pieceOf(starts, rows[i])]++;
  return countVersions(
    folder,
    pieces.map(({ file }, p) => ({ file, rows: counts[p] })),
  );
}

/** Finds the piece that holds a row. */
function pieceOf(starts: readonly number[], row: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle] <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Reads rows of a set that stays open. */
export interface RowReader {
  /**
   * @param rows numbers as `index.find` gives them
   * @returns [b, …] float32
   * @throws DamagedRow if a row is not as it was written; with `missing` if its piece has gone
   */
  read(rows: ArrayLike<number>): Float32Array;
  close(): void;
}

/** A row that differs from what was written. */
export class DamagedRow extends Error {
  constructor(file: string, row: number) {
    super(
      `${shortPath(file)}: row ${row} differs from what was written: the file was damaged or changed. ` +
        'Run it again: what is damaged is computed again. `graft cache --verify` looks at every row.',
    );
  }
}

export function openReader({ pieces, starts, rowShape }: RowSet): RowReader {
  const length = rowShape.reduce((a, b) => a * b, 1);
  const handles = new Map<Piece, number>();
  const handleOf = (piece: Piece): number => {
    if (!handles.has(piece)) handles.set(piece, openSync(piece.file, 'r'));
    return handles.get(piece)!;
  };
  let buffer = Buffer.alloc(0);
  return {
    read(rows) {
      const out = new Float32Array(rows.length * length);
      for (let i = 0; i < rows.length;) {
        const p = pieceOf(starts, rows[i]);
        const piece = pieces[p];
        const first = rows[i] - starts[p];
        let count = 1; // neighbours are read together
        while (i + count < rows.length && rows[i + count] === rows[i] + count && first + count < piece.n) count++;
        const size = rowBytes(rowShape, piece.dtype);
        // the buffer's size is a whole number of halves or floats
        if (buffer.length < count * size) buffer = Buffer.from(new ArrayBuffer(count * size));
        const got = readSync(handleOf(piece), buffer, 0, count * size, rowOffset(piece, first));
        for (let k = 0; k < count; k++) {
          if ((k + 1) * size > got || crc32(buffer.subarray(k * size, (k + 1) * size)) !== piece.sums[first + k]) {
            markSuspect(piece.file);
            throw new DamagedRow(piece.file, first + k);
          }
        }
        const target = out.subarray(i * length, (i + count) * length);
        if (piece.dtype === 'float32') target.set(new Float32Array(buffer.buffer, buffer.byteOffset, count * length));
        else fromFloat16(new Uint16Array(buffer.buffer, buffer.byteOffset, count * length), target);
        i += count;
      }
      return out;
    },
    close() {
      for (const handle of handles.values()) closeSync(handle);
      handles.clear();
    },
  };
}

/** Makes the next extraction look at the piece and compute damaged rows again; on a read-only disk it does nothing. */
function markSuspect(file: string): void {
  try {
    putIfAbsent(path.dirname(file), `${path.basename(file)}${SUSPECT}`, () => []);
  } catch {
    // the error says what to do
  }
}
