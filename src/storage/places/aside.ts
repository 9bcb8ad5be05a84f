import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { DamagedPiece, damagedRows, openPiece } from '../rows/piece.ts';
import { writeBeside } from '../files/put.ts';
import { renameOver } from '../files/rename-over.ts';

/** Ends the name of a piece that is no longer read: it was damaged, or not yet whole, when it was looked at. */
export const ASIDE = '.aside';
/** How long a file counts as young, in ms, since it may still grow: `cp` and `rsync --inplace` take their time. */
const YOUNG_MS = 600_000;
/** How long a file that was set aside and does not become whole is kept, in ms. */
const KEPT_MS = 86_400_000;

/** Whether somebody may still be writing a file. */
export const isYoung = (file: string): boolean =>
  Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < YOUNG_MS;

/**
 * Takes a piece out of its set without losing it; a process that is writing it goes on writing there. It is no error if
 * another process has taken it in between.
 * @param whole the bytes that replace it at once @default nothing
 */
export function setAside(file: string, whole?: Iterable<Uint8Array>): void {
  for (let i = 0; ; i++) {
    const aside = `${file}${i ? `.${i}` : ''}${ASIDE}`;
    if (lstatSync(aside, { throwIfNoEntry: false })) continue;
    try {
      if (whole) linkOrCopy(file, aside);
      else renameSync(file, aside);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue;
      if (code !== 'ENOENT') throw error;
    }
    break;
  }
  if (whole) writeBeside(file, whole, (temporary) => renameOver(temporary, file));
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (/^(EEXIST|ENOENT)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL); // a disk without hard links
  }
}

/** Gives the names of files that were set aside in a folder. */
export const asideIn = (names: readonly string[]): string[] => names.filter((name) => name.endsWith(ASIDE));

/**
 * Puts back pieces that have become whole, and removes those that have not for a day. Needs the set's lock.
 * @returns the pieces that are back
 */
export function bringBack(folder: string, rowShape: readonly number[]): string[] {
  const back: string[] = [];
  for (const name of existsSync(folder) ? asideIn(readdirSync(folder)) : []) {
    const aside = path.join(folder, name);
    const file = path.join(folder, name.slice(0, -ASIDE.length).replace(/\.\d+$/, ''));
    const state = stateOf(aside, rowShape);
    if (state === 'whole') {
      if (!existsSync(file)) {
        linkOrRename(aside, file);
        back.push(file);
      }
      rmSync(aside, { force: true });
    } else if (
      state === 'damaged' &&
      Date.now() - (statSync(aside, { throwIfNoEntry: false })?.ctimeMs ?? Date.now()) > KEPT_MS
    )
      rmSync(aside, { force: true });
  }
  return back;
}

function linkOrRename(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    renameSync(from, to); // a disk without hard links
  }
}

/** Whether a piece matches its checksums, including those of all rows; an unreadable one is not known to match. */
export const isWhole = (file: string, rowShape: readonly number[]): boolean => stateOf(file, rowShape) === 'whole';

function stateOf(file: string, rowShape: readonly number[]): 'whole' | 'damaged' | 'unreadable' {
  try {
    return damagedRows(openPiece(file, rowShape)).length ? 'damaged' : 'whole';
  } catch (error) {
    return error instanceof DamagedPiece ? 'damaged' : 'unreadable';
  }
}
