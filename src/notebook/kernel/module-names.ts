import { builtinModules } from 'node:module';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import type { Folders } from './folders.ts';
import { typescript } from './tslab.ts';

/** How TypeScript's services write imports into cells. */
export const PREFERENCES: ts.UserPreferences = {
  quotePreference: 'single',
  includeCompletionsForModuleExports: true,
  includeCompletionsForImportStatements: true,
  includeCompletionsWithInsertText: true,
  importModuleSpecifierPreference: 'shortest',
  autoImportFileExcludePatterns: ['**/__prev__.d.ts'], // what cells have declared is there without an import
};

/** What TypeScript's services ask of their host beside the program. */
export function serviceHost(program: ts.Program, { notebook }: Folders): object {
  return {
    ...typescript().sys,
    useCaseSensitiveFileNames: () => true,
    getCurrentDirectory: () => notebook,
    getCompilationSettings: () => program.getCompilerOptions(),
    getScriptFileNames: () => program.getRootFileNames(),
  };
}

/** `../src` from the folder of a notebook inside the project is `./src` to every cell. */
export function shortSpecifier(specifier: string, { notebook, root }: Folders): string {
  if (!specifier.startsWith('../')) return specifier;
  const target = path.resolve(notebook, specifier);
  return target.startsWith(root + path.sep) ? `./${path.relative(root, target)}` : specifier;
}

/** The same in a statement: `import { fit } from "../src";` */
export const withShortSpecifier = (text: string, folders: Folders): string =>
  text.replace(
    /(['"])(\.\.\/[^'"]*)\1/g,
    (_, quote: string, specifier: string) => `${quote}${shortSpecifier(specifier, folders)}${quote}`,
  );

/**
 * Of names that are not imported yet those worth offering: what the front door, the notebook's own modules, Node.js
 * and the project's direct dependencies export; nothing that is there under the same name without an import.
 */
export function offered(entries: readonly ts.CompletionEntry[], folders: Folders): readonly ts.CompletionEntry[] {
  const there = new Set(entries.filter(({ hasAction }) => !hasAction).map(({ name }) => name));
  return entries.filter((entry) => {
    if (!entry.hasAction || !entry.source) return !entry.name.startsWith('__graft');
    const specifier = shortSpecifier(entry.source, folders);
    if (specifier.startsWith('./src/')) return false; // the front door has it, or it is nobody's business
    return (specifier.startsWith('.') || isKnownPackage(specifier, folders)) && !there.has(entry.name);
  });
}

const isKnownPackage = (specifier: string, { root }: Folders): boolean =>
  specifier.startsWith('node:') || builtinModules.includes(specifier) || dependencies(root).includes(specifier);

let names: readonly string[] | undefined;

function dependencies(root: string): readonly string[] {
  if (names) return names;
  const own = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { dependencies?: object };
  return (names = Object.keys(own.dependencies ?? {}));
}
