import path from 'node:path';
import type ts from 'typescript';
import { IS_CLONE } from '../../../home.mjs';
import { NAME } from './doors.ts';
import type { Folders } from './folders.ts';
import { graftsPackage, isOne } from './package-versions.ts';

/**
 * Makes a notebook of another project use Graft's packages as its cells do when they run: Graft itself and TensorFlow.js
 * before all others, as if they were beside the notebook, and what the project has not got last, as if it lay at the
 * root of all folders.
 */
export function findPackagesInProject(system: ts.System, { notebook, project, root }: Folders): ts.System {
  if (project === root) return system; // found there by walking up
  const first = path.join(notebook, 'node_modules') + path.sep;
  const last = path.join(path.parse(notebook).root, 'node_modules') + path.sep;
  const folders = new Map<string, string | undefined>([[NAME, root]]);
  const instead = (file: string): string => {
    const place = [first, last].find((one) => file.startsWith(one));
    const [, name, rest] = (place && /^((?:@[^/]+\/)?[^/@][^/]*)(.*)$/s.exec(file.slice(place.length))) || [];
    if (name === undefined || rest === undefined || (place === first && !isOne(name))) return file;
    if (!folders.has(name)) folders.set(name, graftsPackage(root, name));
    const found = folders.get(name);
    return found === undefined ? file : found + rest;
  };
  /** Whether a folder holds packages of Graft's in the cells' eyes. */
  const holds = (folder: string): boolean =>
    [first, last].some(
      (one) =>
        `${folder}${path.sep}` === one ||
        (folder.startsWith(`${one}@`) && !folder.slice(one.length).includes(path.sep)),
    );
  const { fileExists, directoryExists, readFile, realpath } = system;
  const manifest = path.join(root, 'package.json');
  return {
    ...system,
    fileExists: (file) => fileExists(instead(file)),
    directoryExists: (folder) => holds(folder) || directoryExists(instead(folder)),
    readFile(file, encoding) {
      const at = instead(file);
      const text = readFile(at, encoding);
      return at === manifest && text !== undefined ? withInternals(text) : text;
    },
    realpath: (file) => (realpath ? realpath(instead(file)) : instead(file)),
  };
}

/**
 * Lets TypeScript name Graft's internal types, which the next cell's variables may have: without a name it takes them
 * for `any`. When cells run, only the front doors are there.
 */
function withInternals(text: string): string {
  const manifest = JSON.parse(text) as { readonly exports?: object };
  const types = IS_CLONE ? './src/*.ts' : './src/*.d.ts';
  return JSON.stringify({ ...manifest, exports: { ...manifest.exports, './src/*': { types, default: types } } });
}
