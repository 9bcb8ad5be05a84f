import { statSync } from 'node:fs';
import path from 'node:path';
import { projectOf, ROOT } from '../../../home.mjs';

/** The folders that a notebook's imports are looked up in. */
export interface Folders {
  /** The notebook's folder, which is also the cells' working folder. */
  readonly notebook: string;
  /** The folder of the project that the notebook belongs to: the nearest one with a package.json, else the notebook's. */
  readonly project: string;
  /** Graft's own folder. */
  readonly root: string;
}

/**
 * Finds the notebook's own folder: Jupyter's server names the notebook in `JPY_SESSION_NAME`; nbclient and others start
 * the kernel in its folder.
 */
export function findFolders({ JPY_SESSION_NAME: session } = process.env, cwd = process.cwd()): Folders {
  const named = session && path.isAbsolute(session) ? path.dirname(session) : undefined;
  const notebook = named && isFolder(named) ? named : cwd;
  return { notebook, project: projectOf(notebook), root: ROOT };
}

/**
 * Gives the folders in which a relative import is looked up, in this order: the notebook's, its project's, and Graft's
 * own (`./src`), but not for a project that has a `src` itself: what is missing there is an error.
 */
export function relativeFolders({ notebook, project, root }: Folders): readonly string[] {
  const own = [...new Set([notebook, project])];
  const hasSource = own.some((folder) => folder !== root && isFolder(path.join(folder, 'src')));
  return [...own, ...(hasSource || own.includes(root) ? [] : [root])];
}

/** Gives the folder of what kernels keep for those after them. All of it can be made again. */
export const cacheFolder = ({ root }: Folders): string => path.join(root, 'node_modules/.cache/graft');

/**
 * Gives a file's path as a reader of the notebook would write it: relative to Graft, the project or the notebook if it
 * lies in one of them.
 */
export function shownPath(file: string, { notebook, project, root }: Folders): string {
  for (const folder of [root, project, notebook])
    if (file.startsWith(folder + path.sep)) return file.slice(folder.length + 1);
  return file;
}

function isFolder(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch {
    return false;
  }
}
