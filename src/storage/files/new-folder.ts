import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { shortPath } from '../../project.ts';
import { isUri } from '../places/place.ts';
import { temporaryName } from './put.ts';
import { makeFolderOf, replaceFile } from './replace-file.ts';

/** A folder that is being written. */
export interface NewFolder {
  /** Where it is until it is complete. */
  readonly path: string;
  /** Gives the path of one of its files. */
  file(name: string): string;
  /** Writes a file of it, in folders of its own if the name has slashes. */
  write(name: string, content: string | Uint8Array): void;
}

/** A file of a folder, with its size. */
export interface FileSize {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Checks that a folder may be written: it is not there, is empty, or is one that the same kind of work wrote before.
 * @param list the file that names all files of such a folder, a JSON object with `files`
 * @param options.own matches the names of further files that such work writes
 * @param options.by what that work is called
 * @throws Error naming what else is in it
 */
export function checkReplaceable(
  folder: string,
  list: string,
  { own: further = /^$/, by = 'an export' }: { readonly own?: RegExp; readonly by?: string } = {},
): void {
  if (isUri(folder)) throw new Error(`out: expected a folder on this machine; got ${folder}.`);
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) throw new Error(`out: expected a folder; ${shortPath(folder)} is a file.`);
  const own = new Set([list, ...listedIn(path.join(folder, list))]);
  const foreign = filesOf(folder).find(({ name }) => !own.has(name) && !further.test(name));
  if (foreign)
    throw new Error(
      `out: expected a folder that is new, empty, or written by ${by} before; ${shortPath(folder)} holds ${foreign.name}. ` +
        'Nothing was written: name another folder.',
    );
}

/**
 * Writes a folder as a whole or not at all: it gets its place, and replaces an earlier one, when all of it is there.
 * @returns what `write` returns
 */
export async function putFolder<T>(folder: string, write: (made: NewFolder) => Promise<T>): Promise<T> {
  makeFolderOf(folder);
  const temporary = temporaryName(path.resolve(folder));
  mkdirSync(temporary);
  try {
    const file = (name: string): string => path.join(temporary, name);
    const result = await write({
      path: temporary,
      file,
      write(name, content) {
        makeFolderOf(file(name));
        replaceFile(file(name), content);
      },
    });
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
    return result;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Lists the files of a folder and of the folders in it, sorted by name; names have slashes. */
export const filesOf = (folder: string): FileSize[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({
      name: path.relative(folder, file).split(path.sep).join('/'),
      bytes: statSync(file).size,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

function listedIn(file: string): string[] {
  try {
    const { files } = JSON.parse(readFileSync(file, 'utf8')) as { files?: unknown };
    return Array.isArray(files) ? files.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}
