import { builtinModules } from 'node:module';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import type { Folders } from './folders.ts';
import { typescript } from '../tslab.ts';

/** How TypeScript's services write imports into cells. */
export const PREFERENCES: ts.UserPreferences = {
  quotePreference: 'single',
  includeCompletionsForModuleExports: true,
  includeCompletionsForImportStatements: true,
  includeCompletionsWithInsertText: true,
  importModuleSpecifierPreference: 'shortest',
  autoImportFileExcludePatterns: ['**/__prev__.d.ts'], // declarations of cells are available without an import
};

/** Gives the functions that TypeScript's services need from their host, beside the program. */
export function serviceHost(program: ts.Program, { notebook }: Folders): object {
  return {
    ...typescript().sys,
    useCaseSensitiveFileNames: () => true,
    getCurrentDirectory: () => notebook,
    getCompilationSettings: () => program.getCompilerOptions(),
    getScriptFileNames: () => program.getRootFileNames(),
  };
}

/** Shortens `../src`, from the folder of a notebook inside the project, to `./src`, which every cell uses. */
export function shortSpecifier(specifier: string, { notebook, root }: Folders): string {
  if (!specifier.startsWith('../')) return specifier;
  const target = path.resolve(notebook, specifier);
  return target.startsWith(root + path.sep) ? `./${path.relative(root, target)}` : specifier;
}

/** Shortens the specifiers in a statement: `import { fit } from "../src";` */
export const withShortSpecifier = (text: string, folders: Folders): string =>
  text.replace(
    /(['"])(\.\.\/[^'"]*)\1/g,
    (_, quote: string, specifier: string) => `${quote}${shortSpecifier(specifier, folders)}${quote}`,
  );

/** The modules of the project that a cell imports; all others are internal. */
export const DOORS = ['./src', './src/plots', './src/analysis', './src/cluster', './src/results'] as const;

/** Packages that are imported as a whole, under a usual name: `import { div } from '@tensorflow/tfjs'` helps nobody. */
export const NAMESPACES: Readonly<Record<string, string>> = { tf: '@tensorflow/tfjs', Plot: '@observablehq/plot' };

/**
 * Selects the names worth offering among those that are not imported yet, each once: what the front doors, the
 * notebook's own modules, Node.js and the project's direct dependencies export, except names that are available without
 * an import.
 */
export function offered(entries: readonly ts.CompletionEntry[], folders: Folders): readonly ts.CompletionEntry[] {
  const there = new Set(entries.filter((entry) => !moduleOf(entry, folders)).map(({ name }) => name));
  return entries.filter((entry) => {
    const specifier = moduleOf(entry, folders);
    if (!specifier) return !entry.name.startsWith('__graft');
    if (there.has(entry.name) || !isOffered(specifier, folders)) return false;
    const ofNode = specifier.startsWith('node:') || builtinModules.includes(specifier);
    if (ofNode) there.add(entry.name); // as `fs` and `node:fs`
    return true;
  });
}

/** Gives the module that a name has to be imported from; undefined if the name is available already. */
function moduleOf({ source, hasAction, data }: ts.CompletionEntry, folders: Folders): string | undefined {
  const statement = (data as { moduleSpecifier?: string } | undefined)?.moduleSpecifier;
  const specifier = (hasAction && source) || (source && statement);
  return specifier ? shortSpecifier(specifier, folders) : undefined;
}

/** The modules of Node.js that have another name, and those whose parts are globals. */
const LEFT_OUT = /^(node:)?(console|process|path\/(posix|win32)|sys|punycode)$/;

function isOffered(specifier: string, { root }: Folders): boolean {
  if (specifier.startsWith('./src/')) return (DOORS as readonly string[]).includes(specifier);
  if (specifier.startsWith('.')) return true;
  if (LEFT_OUT.test(specifier) || Object.values(NAMESPACES).includes(specifier)) return false;
  return specifier.startsWith('node:') || builtinModules.includes(specifier) || dependencies(root).includes(specifier);
}

let names: readonly string[] | undefined;

function dependencies(root: string): readonly string[] {
  if (names) return names;
  const own = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { dependencies?: object };
  return (names = Object.keys(own.dependencies ?? {}));
}
