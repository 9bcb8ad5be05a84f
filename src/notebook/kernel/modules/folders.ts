import { statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a notebook's relative imports are looked up: its own folder first, then the project's root. */
export interface Folders {
  /** The notebook's folder, which is also the cells' working folder. */
  readonly notebook: string;
  readonly root: string;
}

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../..');

/**
 * Finds the notebook's own folder: Jupyter's server names the notebook in `JPY_SESSION_NAME`; nbclient and others start
 * the kernel in its folder.
 */
export function findFolders({ JPY_SESSION_NAME: session } = process.env, cwd = process.cwd()): Folders {
  const named = session && path.isAbsolute(session) ? path.dirname(session) : undefined;
  return { notebook: named && isFolder(named) ? named : cwd, root: ROOT };
}

/**
 * Gives a file's path as a reader of the notebook would write it: relative to the notebook or the project if it lies in
 * one of them.
 */
export function shownPath(file: string, { notebook, root }: Folders): string {
  for (const folder of [root, notebook]) if (file.startsWith(folder + path.sep)) return file.slice(folder.length + 1);
  return file;
}

function isFolder(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch {
    return false;
  }
}
