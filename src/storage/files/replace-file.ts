import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { shortPath } from '../../project.ts';
import { writeBeside } from './put.ts';
import { renameOver } from './rename-over.ts';

/**
 * Writes beside the file, makes sure it is on the disk, then renames: whatever happens, the file is either the old one
 * or the new one.
 * @throws Error naming the file, if the disk is full or the folder cannot be written; the old file stays
 */
export function replaceFile(file: string, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  writeBeside(file, [bytes], (temporary) => renameOver(temporary, file));
}

/**
 * Makes a folder and its missing parents.
 * @throws Error naming the folder
 */
export function makeFolder(folder: string): void {
  try {
    makeWithParents(path.resolve(folder));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'EROFS' ? 'the disk is read-only' : message;
    throw new Error(`${shortPath(folder)} cannot be made: ${why}.`, { cause });
  }
}

/**
 * Makes folders itself: Node.js' `recursive` never ends in folders like /proc, and says ENOENT for a read-only disk.
 */
function makeWithParents(folder: string, parentsMade = false): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return;
    if (code !== 'ENOENT' || parentsMade || folder === path.dirname(folder)) throw error;
    makeWithParents(path.dirname(folder));
    makeWithParents(folder, true);
  }
}

/** Makes the folder that a file lies in. */
export const makeFolderOf = (file: string): void => makeFolder(path.dirname(path.resolve(file)));
