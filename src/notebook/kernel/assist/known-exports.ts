import type ts from 'typescript';
import { typescript } from '../tslab.ts';

/** TypeScript's list of what other modules export (its services' `ExportInfoMap`), as far as it is used here. */
export interface KnownExports {
  clear(): void;
  releaseSymbols(): void;
}

interface MapHost {
  getCurrentProgram(): ts.Program;
  getPackageJsonAutoImportProvider(): undefined;
  getGlobalTypingsCacheLocation(): undefined;
}

/**
 * Keeps what could be imported from one completion to the next, since every cell's text is a new program, and to
 * collect it took a third of a completion. It is collected anew as soon as another file than the cells' has changed.
 * @param own the cells' files, which nothing is imported from
 */
export function createKnownExports(own: readonly string[]): (program: ts.Program) => KnownExports {
  let current!: ts.Program;
  let files: readonly ts.SourceFile[] = [];
  const { createCacheableExportInfoMap: create } = typescript() as unknown as {
    createCacheableExportInfoMap(host: MapHost): KnownExports;
  };
  const known = create({
    getCurrentProgram: () => current,
    getPackageJsonAutoImportProvider: () => undefined,
    getGlobalTypingsCacheLocation: () => undefined,
  });
  return (program) => {
    if (program === current) return known;
    current = program;
    const others = program.getSourceFiles().filter(({ fileName }) => !own.includes(fileName));
    const same = others.length === files.length && others.every((file, i) => file === files[i]);
    files = others;
    if (same) known.releaseSymbols();
    else known.clear();
    return known;
  };
}
