import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Gives the folder where downloads land and features are kept: `GRAFT_DATA`, else `data/` in the project. */
export const dataFolder = (): string => path.resolve(process.env.GRAFT_DATA || path.join(ROOT, 'data'));

/** Writes a path as a person would: relative to the working folder if it lies below it; addresses stay as they are. */
export function shortPath(file: string): string {
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(file)) return file;
  const relative = path.relative(process.cwd(), file);
  return relative && !relative.startsWith('..') ? relative : file;
}
