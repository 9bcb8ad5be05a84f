import { existsSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { bringBack, isWhole, isYoung, setAside } from '../places/aside.ts';
import { KEY_BYTES } from './keys.ts';
import type { Dtype } from './npy.ts';
import {
  bytesOfRows,
  damagedRows,
  gather,
  type Piece,
  type PieceContent,
  pieceFile,
  rowBytes,
  sumsOf,
  writePiece,
} from './piece.ts';
import { isGone, openRowSet, type RowSet, SUSPECT } from './row-set.ts';
import { noteVersions, type Versions } from './versions.ts';

/** Milliseconds after which waiting rows go to the disk: the most that a kill loses, or one batch. Tests shorten it. */
const flushInterval = (): number => Number(process.env.GRAFT_FLUSH_MS ?? 5_000);
/** Bytes of waiting rows after which they go to the disk. */
const FLUSH_BYTES = 64 << 20;
/** Pieces with fewer bytes are merged, into pieces of up to four times as many. */
const SMALL = 64 << 20;

/** Takes the rows of one run. */
export interface RowWriter {
  /** @param keys [b, 16] @param rows [b, …], halves as 16 bits */
  write(keys: Uint8Array, rows: Float32Array | Uint16Array): void;
  /** Writes waiting rows to the disk, and merges this run's small pieces. */
  close(): void;
}

export interface RowWriterOptions {
  /** The versions that make the rows. @default not noted */
  readonly versions?: Versions;
  /** How long rows wait for others, in ms. @default 5000, or GRAFT_FLUSH_MS */
  readonly flushMs?: number;
}

export function openWriter(
  folder: string,
  rowShape: readonly number[],
  { versions, flushMs = flushInterval() }: RowWriterOptions = {},
): RowWriter {
  const waiting: Record<Dtype, { keys: Uint8Array[]; rows: Uint8Array[]; bytes: number }> = {
    float16: { keys: [], rows: [], bytes: 0 },
    float32: { keys: [], rows: [], bytes: 0 },
  };
  const own: Piece[] = [];
  let timer: NodeJS.Timeout | undefined;
  let failure: Error | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const dtype of ['float16', 'float32'] as const) {
      const { keys, rows } = waiting[dtype];
      if (!keys.length) continue;
      waiting[dtype] = { keys: [], rows: [], bytes: 0 };
      const size = rowBytes(rowShape, dtype);
      const sums = Uint32Array.from(rows.flatMap((bytes) => [...sumsOf(bytes, size)]));
      // noted before there are rows: then a kill in between leaves no rows of unknown versions
      const made = versions && noteVersions(folder, versions);
      own.push(writeWhole(folder, { keys: Buffer.concat(keys), sums, rowShape, dtype, made }, () => rows));
    }
  };
  return {
    write(keys, rows) {
      if (failure) throw failure;
      const dtype = rows instanceof Uint16Array ? 'float16' : 'float32';
      const to = waiting[dtype];
      to.keys.push(keys.slice());
      // the caller may reuse its array
      to.rows.push(
        new Uint8Array(rows.buffer.slice(rows.byteOffset, rows.byteOffset + rows.byteLength) as ArrayBuffer),
      );
      to.bytes += rows.byteLength;
      if (to.bytes >= FLUSH_BYTES || flushMs === 0) flush();
      else
        timer ??= setTimeout(() => {
          try {
            flush();
          } catch (error) {
            failure = error as Error; // reported by the next write
          }
        }, flushMs);
    },
    close() {
      if (failure) throw failure;
      flush();
      mergePieces(folder, own);
    },
  };
}

/**
 * Merges pieces into larger ones of the same dtype and versions, then removes them. A kill in between leaves rows
 * twice, which does no harm.
 * @returns how many pieces became how many
 */
export function mergePieces(
  folder: string,
  pieces: readonly Piece[],
): { readonly before: number; readonly after: number } {
  let [before, after] = [0, 0];
  const small = pieces.filter(({ file }) => (statSync(file, { throwIfNoEntry: false })?.size ?? SMALL) < SMALL);
  const alike = new Map<string, Piece[]>();
  for (const piece of small) {
    const kind = `${piece.dtype} ${piece.made}`;
    if (alike.has(kind)) alike.get(kind)!.push(piece);
    else alike.set(kind, [piece]);
  }
  for (const same of alike.values()) {
    let group: Piece[] = [];
    let bytes = 0;
    const merge = (): void => {
      if (group.length > 1) {
        const parts = group.map((piece) => ({ piece, rows: Array.from({ length: piece.n }, (_, i) => i) }));
        const [{ rowShape, dtype, made }] = group;
        const content = { ...gather(parts), rowShape, dtype, made };
        const merged = unlessGone(() => writeWhole(folder, content, () => bytesOfRows(parts)));
        if (merged) {
          for (const { file } of group) if (file !== merged.file) rmSync(file, { force: true });
          before += group.length;
          after++;
        }
      }
      [group, bytes] = [[], 0];
    };
    for (const piece of same) {
      group.push(piece);
      bytes += piece.n * (rowBytes(piece.rowShape, piece.dtype) + KEY_BYTES + 4);
      if (bytes >= 4 * SMALL) merge();
    }
    merge();
  }
  return { before, after };
}

/**
 * Checks every row of pieces (of those in which a reader found damaged rows, or of all) and keeps the whole ones;
 * damaged rows are set aside, and computed again. Files that may still be being written stay.
 * @returns how many rows were damaged, and in which files
 */
export function mendPieces(
  set: RowSet,
  { all = false } = {},
): { readonly rows: number; readonly files: readonly string[] } {
  const files: string[] = [];
  let rows = 0;
  bringBack(set.folder, set.rowShape);
  for (const { file } of set.damaged) {
    if (isYoung(file) || !existsSync(file)) continue;
    setAside(file);
    files.push(file);
  }
  for (const piece of set.pieces) {
    const mark = `${piece.file}${SUSPECT}`;
    if (!all && !existsSync(mark)) continue;
    const damaged = new Set(unlessGone(() => damagedRows(piece)));
    if (damaged.size) {
      const whole = Array.from({ length: piece.n }, (_, i) => i).filter((i) => !damaged.has(i));
      const parts = [{ piece, rows: whole }];
      const { rowShape, dtype, made } = piece;
      const content = { ...gather(parts), rowShape, dtype, made };
      if (whole.length) unlessGone(() => writeWhole(set.folder, content, () => bytesOfRows(parts)));
      if (existsSync(piece.file)) setAside(piece.file);
      rows += damaged.size;
      files.push(piece.file);
    }
    rmSync(mark, { force: true });
  }
  return { rows, files };
}

/** Writes a piece; a file under its name that is not whole is set aside. */
export function writeWhole(folder: string, content: PieceContent, rows: () => Iterable<Uint8Array>): Piece {
  const { name } = pieceFile(content, []);
  const file = path.join(folder, name);
  if (existsSync(file) && !isWhole(file, content.rowShape)) setAside(file);
  return writePiece(folder, content, rows());
}

/** Makes something from pieces; undefined if another process has merged one of them in between, and holds its rows. */
function unlessGone<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Opens a set again after {@link mendPieces} or a writer's close. */
export const reopen = ({ folder, rowShape, dtype }: RowSet): RowSet => openRowSet(folder, rowShape, dtype);
