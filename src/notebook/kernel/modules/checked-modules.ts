import { statSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import type { Folders } from './folders.ts';

/** What TypeScript has found for a module's import, and the files that it looked for before. */
interface Resolution extends ts.ResolvedModuleWithFailedLookupLocations {
  readonly failedLookupLocations?: readonly string[];
}

/** A function that TypeScript does not declare as public. */
interface Resolutions {
  forEachResolvedModule(use: (found: Resolution) => void, file: ts.SourceFile): void;
}

/** Lists what a module's imports have led to. */
export function resolutionsOf(program: ts.Program, file: ts.SourceFile): readonly Resolution[] {
  const found: Resolution[] = [];
  (program as ts.Program & Resolutions).forEachResolvedModule((one) => found.push(one), file);
  return found;
}

/**
 * Finds the modules that are checked together with a cell: the user's modules that it imports, and those that they
 * import. Graft's own modules are checked before they are committed, so the first import of the whole of `src/` need
 * not wait for that; an edited one is checked.
 * @param isOutline tells whether a module was read without the bodies of its functions
 * @param started when the kernel started, in ms
 */
export function createModuleFinder(
  { root }: Folders,
  isOutline: (file: string) => boolean,
  started: number,
): (program: ts.Program, cell: ts.SourceFile) => ts.SourceFile[] {
  const source = path.join(root, 'src') + path.sep;
  const isUnchanged = unchangedSince(started);
  const isChecked = (file: string): boolean =>
    /\.(m?ts|js)$/.test(file) && !isOutline(file) && !(file.startsWith(source) && isUnchanged(file));
  return (program, cell) => {
    const found = new Set([cell]);
    for (const of of found) {
      // not into declarations, which need no check
      for (const { resolvedModule } of resolutionsOf(program, of)) {
        const module = resolvedModule && program.getSourceFile(resolvedModule.resolvedFileName);
        if (module && !module.isDeclarationFile) found.add(module); // grows while it is gone through
      }
    }
    return [...found].filter((file) => file !== cell && isChecked(file.fileName));
  };
}

/** @param time in milliseconds, as `Date.now()` gives it */
export const unchangedSince =
  (time: number): ((file: string) => boolean) =>
  (file) =>
    (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) <= time;
