import { statSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import type { Folders } from './folders.ts';

/** Makes a notebook outside the project use the project's packages, unless its folder has its own. */
export function findPackagesInProject(system: ts.System, { notebook, root }: Folders): ts.System {
  if (`${notebook}${path.sep}`.startsWith(root + path.sep)) return system; // found there by walking up
  const own = path.join(notebook, 'node_modules');
  const instead = (file: string): string => {
    const inOwn = file === own || file.startsWith(own + path.sep);
    return inOwn && !statSync(file, { throwIfNoEntry: false })
      ? path.join(root, 'node_modules', file.slice(own.length))
      : file;
  };
  const { fileExists, directoryExists, readFile, realpath } = system;
  return {
    ...system,
    fileExists: (file) => fileExists(instead(file)),
    directoryExists: (folder) => directoryExists(instead(folder)),
    readFile: (file, encoding) => readFile(instead(file), encoding),
    realpath: (file) => (realpath ? realpath(instead(file)) : instead(file)),
  };
}
