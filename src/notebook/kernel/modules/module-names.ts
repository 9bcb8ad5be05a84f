import { builtinModules } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import { doorsOf } from './doors.ts';
import { type Folders, relativeFolders } from './folders.ts';
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

/**
 * Writes a module's specifier as every cell does: one of Graft's front doors by its name; `../src`, from the folder of a
 * notebook inside its project, as `./src`.
 */
function shortSpecifier(specifier: string, file: string | undefined, folders: Folders): string {
  const door = file && doorsOf(folders.root).get(file);
  if (door) return door;
  const { notebook } = folders;
  if (!specifier.startsWith('../')) return specifier;
  const target = path.resolve(notebook, specifier);
  const within = relativeFolders(folders).find((folder) => target.startsWith(folder + path.sep));
  return within ? `./${path.relative(within, target)}` : specifier;
}

/** Gives what an offer puts into a cell, with the specifier as in `import { fit } from 'graft-ml';` */
export function insertedText({ insertText, name, data }: ts.CompletionEntry, folders: Folders): string {
  const file = (data as Data | undefined)?.fileName;
  return (insertText ?? name).replace(
    /(['"])(\.{1,2}\/[^'"]*)\1/g,
    (_, quote: string, specifier: string) => `${quote}${shortSpecifier(specifier, file, folders)}${quote}`,
  );
}

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
    const { fileName } = (entry.data ?? {}) as Data;
    if (there.has(entry.name) || !isOffered(specifier, fileName, folders)) return false;
    const ofNode = specifier.startsWith('node:') || builtinModules.includes(specifier);
    if (ofNode) there.add(entry.name); // as `fs` and `node:fs`
    return true;
  });
}

/** What TypeScript notes of an offer that has to be imported (`CompletionEntryData`). */
interface Data {
  readonly moduleSpecifier?: string;
  /** The module that exports the name. */
  readonly fileName?: string;
}

/** Gives the module that a name has to be imported from; undefined if the name is available already. */
export function moduleOf({ source, hasAction, data }: ts.CompletionEntry, folders: Folders): string | undefined {
  const { moduleSpecifier, fileName } = (data ?? {}) as Data;
  const specifier = (hasAction && source) || (source && moduleSpecifier);
  return specifier ? shortSpecifier(specifier, fileName, folders) : undefined;
}

/** The modules of Node.js that have another name, and those whose parts are globals. */
const LEFT_OUT = /^(node:)?(console|process|path\/(posix|win32)|sys|punycode)$/;

function isOffered(specifier: string, file: string | undefined, { project, root }: Folders): boolean {
  if ([...doorsOf(root).values()].includes(specifier)) return true;
  if (file?.startsWith(path.join(root, 'src') + path.sep)) return false; // Graft's own, through no door
  if (specifier.startsWith('.')) return true;
  if (LEFT_OUT.test(specifier) || Object.values(NAMESPACES).includes(specifier)) return false;
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return true;
  return [project, root].some((folder) => dependencies(folder).includes(specifier));
}

const names = new Map<string, readonly string[]>();

/** Gives the direct dependencies of the project in a folder. */
function dependencies(folder: string): readonly string[] {
  const known = names.get(folder);
  if (known) return known;
  const file = path.join(folder, 'package.json');
  const own = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { dependencies?: object }) : {};
  const found = Object.keys(own.dependencies ?? {});
  names.set(folder, found);
  return found;
}
