import { statSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import type ts from 'typescript';
import type { CellRequire } from './cell-require.ts';
import { declaredNames } from './declared-names.ts';
import type { Folders } from './folders.ts';
import { type NotebookScope, withoutValue } from './notebook-scope.ts';
import { typescript } from './tslab.ts';

const modules = createRequire(import.meta.url).cache;

/** Keeps a notebook's project modules as new as their files. */
export interface Reloader {
  /**
   * Before a cell: drops changed modules with all that import them, and points imported names at the new ones. Says so
   * if the cell names something that could not be loaded again.
   * @param source of the cell
   */
  refresh(source: string): void;
  /** After a cell: notes what it imported. */
  note(source: string): void;
  /**
   * After Stop broke off a cell: forgets modules that were just being loaded, which would stay without their exports for
   * good, and those loaded meanwhile that import them in a circle, which hold what they had by then.
   */
  forgetHalfLoaded(): void;
}

/** Where a cell's name comes from. */
interface Imported {
  readonly specifier: string;
  /** There; `*` for all of it. */
  readonly name: string;
}

/** Where names that cells import live. */
interface Names {
  readonly variables: NotebookScope;
  readonly require: CellRequire;
}

/**
 * tslab loads an edited file again but leaves modules that import it with the old one, and never sees files that are
 * loaded by tsx. Here a changed file and its dependents are dropped from Node's module cache before the next cell, and
 * the names that earlier cells imported are bound to the new modules.
 */
export function createReloader({ notebook, root }: Folders, names: Names): Reloader {
  const stamps = new Map<string, number>(); // file → time of change when it began to load, whether or not it could
  const imported = new Map<string, Imported>(); // variable → where it is from
  const failed = new Map<string, string>(); // specifier → why it could not be loaded again
  const kernel = path.join(root, 'src/notebook/kernel');
  const isProject = (file: string): boolean =>
    [root, notebook].some((folder) => file.startsWith(folder + path.sep)) &&
    !file.includes(`${path.sep}node_modules${path.sep}`) &&
    !file.startsWith(kernel);

  onLoad((file) => {
    if (isProject(file)) stamps.set(file, changed(file));
  });
  for (const file of Object.keys(modules)) if (isProject(file)) stamps.set(file, changed(file));
  return {
    refresh(source) {
      const edited = [...stamps].filter(([file, time]) => changed(file) !== time).map(([file]) => file);
      if (edited.length) {
        const ours = Object.entries(modules).flatMap(([file, module]) => (isProject(file) ? [module!] : []));
        for (const file of importersOf(edited, ours)) {
          delete modules[file];
          // one that is gone is waited for, as one with an error is
          stamps.set(file, changed(file));
        }
        rebind(imported, failed, names);
      }
      for (const [variable, { specifier }] of imported)
        if (failed.has(specifier) && source.includes(variable))
          console.error(`\`${variable}\` is the old one: ${specifier} was not loaded again: ${failed.get(specifier)}`);
    },
    forgetHalfLoaded() {
      const half = Object.values(modules).filter((module) => !module!.loaded) as NodeModule[];
      const below = new Set(half);
      for (const module of below) for (const child of module.children) below.add(child); // grows while it is gone through
      const broken = importersOf(
        half.map(({ id }) => id),
        [...below],
      );
      for (const file of broken) delete modules[file];
    },
    note(source) {
      const { statements } = typescript().createSourceFile('cell.ts', source, typescript().ScriptTarget.Latest, true);
      for (const name of statements.flatMap(declaredNames)) imported.delete(name); // is the cell's own now
      for (const [variable, from] of importsOf(statements)) imported.set(variable, from);
    },
  };
}

/**
 * Modules and all that import them, at whatever distance.
 * @param files of the modules
 * @param among whom importers are looked for
 */
function importersOf(files: readonly string[], among: readonly NodeModule[]): Set<string> {
  const found = new Set(files);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const { id, children } of among) if (children.some((child) => found.has(child.id))) found.add(id);
  }
  return found;
}

function rebind(imported: Map<string, Imported>, failed: Map<string, string>, { variables, require }: Names): void {
  failed.clear();
  for (const [variable, { specifier, name }] of imported) {
    if (!(variable in variables) || failed.has(specifier)) continue;
    try {
      const module = require(specifier) as Record<string, unknown>;
      if (name === '*') variables[variable] = module;
      else if (name in module) variables[variable] = module[name];
      // TypeScript's esModuleInterop: what a CommonJS module exports is its default
      else if (name === 'default' && !module.__esModule) variables[variable] = module;
      else withoutValue(variables, variable, `${specifier} does not export ${name} any more`);
    } catch (error) {
      failed.set(specifier, (error as Error).message);
    }
  }
}

/** Hears of every file that begins to load: an edit after that is one, though the cell that loads it runs on. */
function onLoad(hear: (file: string) => void): void {
  const prototype = (Module as unknown as { prototype: { load(this: NodeModule, file: string): unknown } }).prototype;
  const { load } = prototype;
  prototype.load = function (file) {
    hear(file);
    return load.call(this, file);
  };
}

/** The names that a cell imports from project files. */
function* importsOf(statements: readonly ts.Statement[]): Generator<[string, Imported]> {
  const ts = typescript();
  for (const statement of statements) {
    if (!ts.isImportDeclaration(statement) || !statement.importClause || statement.importClause.isTypeOnly) continue;
    const specifier = (statement.moduleSpecifier as { text?: string }).text ?? '';
    if (!specifier.startsWith('.')) continue;
    const { name, namedBindings } = statement.importClause;
    if (name) yield [name.text, { specifier, name: 'default' }];
    if (namedBindings && ts.isNamespaceImport(namedBindings)) yield [namedBindings.name.text, { specifier, name: '*' }];
    if (namedBindings && ts.isNamedImports(namedBindings)) {
      for (const element of namedBindings.elements) {
        if (!element.isTypeOnly)
          yield [element.name.text, { specifier, name: (element.propertyName ?? element.name).text }];
      }
    }
  }
}

function changed(file: string): number {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return -1;
  }
}
