import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { dataFolder } from '../../project.ts';
import { hashOf } from '../../storage/files/hash.ts';
import { makeFolderOf } from '../../storage/files/replace-file.ts';
import { readSealed, writeSealed } from '../../storage/files/sealed-json.ts';
import type { FileState } from '../../storage/files/walk.ts';

/** What is known of a file's content, so that it is not read again until it changes. */
export interface KnownFile extends FileState {
  /** The first 16 bytes of its SHA-256, hexadecimal; empty if it was not read to its end. */
  readonly content: string;
  /** Its format; empty if it is not a picture. */
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** Why it is left out; empty for a good picture. */
  readonly problem: string;
  /** The reading that its features stand for: 2 if it was once read in other colours, else 1. */
  readonly reading: number;
  /** What may be wrong with it, though it can be decoded; empty if nothing may be. */
  readonly remark: string;
}

/** Files that were looked at, by path. */
export type PictureIndex = Map<string, KnownFile>;

/**
 * Notes in earlier formats know nothing of holes in TIFF and GIF files, nothing of HEIC, and not when a file was
 * touched: the files are read again.
 */
const FORMAT = 'graft pictures 5';
type Row = [string, number, number, number, number, string, string, number, number, string, number, string];
/** A file that changed this shortly before it was read might change again without a later time, in ms. */
const SETTLED_MS = 2000;

/** Names the file for what was found in a folder or file of pictures: `data/pictures/<hash of its path>.json`. */
export const indexFile = (source: string): string =>
  path.join(
    dataFolder(),
    'pictures',
    `${hashOf(existsSync(source) ? realpathSync(source) : source).slice(0, 24)}.json`,
  );

/**
 * Reads what was noted; a damaged file, or one of another version, counts as none: the pictures are then read again.
 */
export function readIndex(source: string): PictureIndex {
  const index: PictureIndex = new Map();
  try {
    const { format, rows } = readSealed<{ format: string; rows: Row[] }>(indexFile(source));
    if (format !== FORMAT) return index;
    for (const [name, size, changed, touched, inode, content, kind, width, height, problem, reading, remark] of rows)
      index.set(name, {
        size,
        changed,
        touched,
        inode,
        content,
        format: kind,
        width,
        height,
        problem,
        reading,
        remark,
      });
  } catch {
    index.clear();
  }
  return index;
}

/** Notes what was found; on a disk that cannot be written nothing is noted, and files are read again. */
export function writeIndex(source: string, index: PictureIndex): void {
  const rows = Array.from(index, ([name, file]): Row => {
    const { size, changed, touched, inode, content, format, width, height, problem, reading, remark } = file;
    return [name, size, changed, touched, inode, content, format, width, height, problem, reading, remark];
  });
  try {
    makeFolderOf(indexFile(source));
    writeSealed(indexFile(source), { format: FORMAT, source, rows }, { indent: 0 });
  } catch {
    // nothing is lost but time
  }
}

/** Notes that something is wrong with some files after all, as they were seen. */
export function noteProblem(
  source: string,
  files: Iterable<readonly [name: string, seen: KnownFile]>,
  problem: string,
): void {
  const index = readIndex(source);
  for (const [name, seen] of files) index.set(name, { ...seen, problem });
  writeIndex(source, index);
}

/**
 * Forgets a file whose content turned out to differ from what was noted, and all that lies in it, so that it is read
 * when its source is opened again.
 */
export function forgetFile(source: string, seen: FileState): void {
  const index = readIndex(source);
  const stale = [...index].filter(([, known]) => isSame(known, seen));
  for (const [name] of stale) index.delete(name);
  if (stale.length) writeIndex(source, index);
}

/** Whether a file is still as it was. */
export const isSame = (a: FileState, b: FileState): boolean =>
  a.size === b.size && a.changed === b.changed && a.touched === b.touched && a.inode === b.inode;

/** Whether a file has been unchanged for so long that what is read of it now may be noted. */
export const isLongUnchanged = ({ changed, touched }: FileState): boolean =>
  Date.now() - Math.max(changed, touched) > SETTLED_MS;

/** Gives what was seen of a file; if its content is unchanged, it keeps the damage that was found in decoding. */
export const withFormerProblem = (seen: KnownFile, before: KnownFile | undefined): KnownFile =>
  before?.problem.startsWith('damaged:') && !seen.problem && before.content === seen.content
    ? { ...seen, problem: before.problem }
    : seen;
