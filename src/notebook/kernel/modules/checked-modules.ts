import { statSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import type { Folders } from './folders.ts';

/** A function that TypeScript does not declare as public. */
interface Resolutions {
  forEachResolvedModule(use: (found: ts.ResolvedModuleWithFailedLookupLocations) => void, file: ts.SourceFile): void;
}

/**
 * Finds the modules that are checked together with a cell: the user's modules that it imports, and those that they
 * import. Graft's own modules are checked before they are committed, so the first import of the whole of `src/` need
 * not wait for that; an edited one is checked.
 * @param isOutline tells whether a module was read without the bodies of its functions
 */
export function createModuleFinder(
  { root }: Folders,
  isOutline: (file: string) => boolean,
): (program: ts.Program, cell: ts.SourceFile) => ts.SourceFile[] {
  const source = path.join(root, 'src') + path.sep;
  const isUnchanged = unchangedSince(Date.now());
  const isChecked = (file: string): boolean =>
    /\.(m?ts|js)$/.test(file) && !isOutline(file) && !(file.startsWith(source) && isUnchanged(file));
  return (program, cell) => {
    const found = new Set([cell]);
    for (const of of found) {
      // not into declarations, which need no check
      (program as ts.Program & Resolutions).forEachResolvedModule(({ resolvedModule }) => {
        const module = resolvedModule && program.getSourceFile(resolvedModule.resolvedFileName);
        if (module && !module.isDeclarationFile) found.add(module); // grows while it is gone through
      }, of);
    }
    return [...found].filter((file) => file !== cell && isChecked(file.fileName));
  };
}

/** @param time in milliseconds, as `Date.now()` gives it */
export const unchangedSince =
  (time: number): ((file: string) => boolean) =>
  (file) =>
    (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) <= time;
