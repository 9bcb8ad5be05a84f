import type ts from 'typescript';
import { typescript } from '../tslab.ts';

/** The parts used here of TypeScript's list of what other modules export (its services' `ExportInfoMap`). */
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
 * Keeps the list of possible imports from one completion to the next: every cell's text is a new program, and
 * collecting the list took a third of a completion. It is collected anew as soon as a file other than the cells'
 * changes.
 * @param own the cells' files, from which nothing is imported
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
