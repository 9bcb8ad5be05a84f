import path from 'node:path';
import { placesOf } from './home.mjs';

export { ROOT } from './home.mjs';

/** Gives the folder where downloads land and features are kept: `GRAFT_DATA`, else `data/` of a clone, `.graft/` of a project. */
export const dataFolder = (): string => placesOf().data;

/** Gives the folder where runs are written down. */
export const runsFolder = (): string => placesOf().runs;

/** Writes a path as a person would: relative to the working folder if it lies below it; addresses stay as they are. */
export function shortPath(file: string): string {
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(file)) return file;
  const relative = path.relative(process.cwd(), file);
  return relative && !relative.startsWith('..') ? relative : file;
}
