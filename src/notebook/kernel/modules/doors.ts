import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Graft's name, by which cells and programs import it. */
export const NAME = 'graft-ml';

/** Whether a specifier is one of Graft's front doors: `graft-ml`, `graft-ml/plots` … */
export const isDoor = (specifier: string): boolean => specifier === NAME || specifier.startsWith(`${NAME}/`);

/** What a package's `exports` has for a door: a file, or one for types and one for Node.js. */
type Target = string | { readonly types?: string; readonly default?: string };

/**
 * Gives the files of Graft's front doors, as TypeScript reads them, each with its specifier: what package.json exports.
 * All other modules are internal.
 */
export function doorsOf(root: string): ReadonlyMap<string, string> {
  const known = read.get(root);
  if (known) return known;
  const { exports = {} } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    exports?: Readonly<Record<string, Target>>;
  };
  const doors = new Map(
    Object.entries(exports).flatMap(([door, target]) => {
      const file = typeof target === 'string' ? target : (target.types ?? target.default);
      return file && /\.[cm]?ts$/.test(file) ? [[path.join(root, file), path.posix.join(NAME, door)]] : [];
    }),
  );
  read.set(root, doors);
  return doors;
}

/** Doors by folder: completion asks for them once for each name that it offers. */
const read = new Map<string, ReadonlyMap<string, string>>();
