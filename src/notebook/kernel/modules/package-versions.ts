import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { IS_CLONE } from '../../../home.mjs';
import { setFolders, tensorFlowFolder } from '../../../packages.mjs';
import type { Folders } from './folders.ts';
import { isDoor, NAME } from './doors.ts';

/** Whether a cell gets Graft's own copy of a package, whatever its project has: two of them would not know each other. */
export const isOne = (specifier: string): boolean => isDoor(specifier) || specifier.startsWith('@tensorflow/');

/**
 * Makes a function that is told each module that a cell imports, and says once which copy of a package the cell gets if
 * the notebook's project and Graft have different versions of it.
 */
export function sayVersions(
  { notebook, root }: Folders,
  say: (line: string) => void = (line) => console.info(line),
): (specifier: string) => void {
  const known = new Set<string>();
  return (specifier) => {
    const name = packageOf(specifier);
    if (!name || known.has(name)) return;
    known.add(name);
    const own = versionOf(packageFolder(notebook, name));
    const graft = versionOf(name === NAME ? root : graftsPackage(root, name));
    if (!own || !graft || own === graft) return;
    if (name === NAME)
      return say(
        `${NAME}: cells get ${graft}, whose kernel this is (${root}); own modules get the project's ${own}. ` +
          `The project's own kernel: \`npx graft lab\` there.`,
      );
    say(
      isOne(name)
        ? `${name}: cells get Graft's ${graft}, not the project's ${own}: there can only be one.`
        : `${name}: cells get the project's ${own}; Graft itself uses ${graft}.`,
    );
  };
}

/** Gives the name of the package that a specifier belongs to: `@observablehq/plot`, `d3-array`. */
const packageOf = (specifier: string): string | undefined => /^(?![./]|node:)(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0];

/** Gives the version of a package. */
function versionOf(folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined;
  return (JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version?: string }).version;
}

/** Lists the folders that Graft's packages are found from: its own, and those of the set-up; TensorFlow.js' alone for that. */
export const graftsFolders = (root: string, specifier: string): readonly string[] =>
  specifier.startsWith('@tensorflow/') && !IS_CLONE ? [tensorFlowFolder()] : [root, ...setFolders()];

/** Finds the folder of a package as Graft has it. */
export function graftsPackage(root: string, name: string): string | undefined {
  for (const folder of graftsFolders(root, name)) {
    const found = packageFolder(folder, name);
    if (found) return found;
  }
  return undefined;
}

/** Finds the folder of a package, as Node.js does: in `node_modules` of a folder, or of one above it. */
export function packageFolder(folder: string, name: string): string | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    const found = path.join(at, 'node_modules', name);
    if (existsSync(path.join(found, 'package.json'))) return found;
    if (at === path.dirname(at)) return undefined;
  }
}
