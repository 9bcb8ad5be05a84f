import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { bringFile } from './bring-file.ts';
import { knownOf, makeRoom, mirrorFolder, noteFileUse, useFiles } from './fetched.ts';
import { inTurns } from '../../host/in-turns.ts';
import { lock } from '../files/lock.ts';
import { openPlace, type PlacedFile } from './place.ts';
import { makeFolder, makeFolderOf, replaceFile } from '../files/replace-file.ts';
import { filesBelow } from '../files/walk.ts';

export interface BringOptions {
  /** Selects files by their names below the place. @default all */
  readonly wanted?: (name: string) => boolean;
  /** Called after each file. */
  readonly onFile?: (done: number, here: number, total: number) => void;
  /** Called with names that no folder can have; these are left out. */
  readonly onOdd?: (names: readonly string[]) => void;
  /** Ends the work after the files in flight. */
  readonly signal?: AbortSignal;
}

/**
 * Brings the files of a place to a local folder, which then holds the same: files that are here already are not read
 * again, and files that are no longer there are removed. This process keeps the folder in use for as long as it lives.
 * @param uri `s3://bucket/prefix`
 * @returns the folder
 * @throws Error if nothing is there, or it exceeds GRAFT_CACHE_LIMIT
 * @example
 * const folder = await bringFolder('s3://bucket/photos');
 */
export async function bringFolder(
  uri: string,
  { wanted = () => true, onFile, onOdd, signal }: BringOptions = {},
): Promise<string> {
  const place = await openPlace(uri);
  const folder = mirrorFolder(place, 'files');
  const there = (await place.list('', onOdd)).filter(({ name }) => wanted(name));
  if (!there.length) throw new Error(`${place.uri}: expected files; there are none.`);
  makeFolder(folder);
  useFiles([folder]);
  // of several processes of this machine, only one brings each file
  const unlock = await lock(`${folder}.lock`, { signal });
  try {
    await bringMissing();
  } finally {
    unlock();
  }
  for (const { name } of there) noteFileUse(path.join(folder, name));
  return folder;

  async function bringMissing(): Promise<void> {
    const names = new Set(there.map(({ name }) => name));
    for (const name of filesBelow(folder)) if (!names.has(name) && wanted(name)) rmSync(path.join(folder, name));
    const missing = there.filter((file) => !isHere(path.join(folder, file.name), file));
    makeRoom(missing.reduce((sum, { size }) => sum + size, 0));
    const here = there.length - missing.length;
    let done = here;
    onFile?.(done, here, there.length);
    await inTurns(missing, async (file) => {
      signal?.throwIfAborted();
      const target = path.join(folder, file.name);
      await bringFile(place, file, target);
      makeFolderOf(knownOf(target));
      replaceFile(knownOf(target), file.version);
      onFile?.(++done, here, there.length);
    });
  }
}

function isHere(file: string, { size, version }: PlacedFile): boolean {
  const note = knownOf(file);
  const same = statSync(file, { throwIfNoEntry: false })?.size === size && existsSync(note);
  return same && readFileSync(note, 'utf8') === version;
}
