import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { CellRequire } from './cell-require.ts';
import type { Folders } from './folders.ts';
import { typescript } from './tslab.ts';

const modules = createRequire(import.meta.url).cache;

/** Keeps a notebook's project modules as new as their files. */
export interface Reloader {
  /** Before a cell: drops changed modules with all that import them, and points imported names at the new ones. */
  refresh(): void;
  /** After a cell: notes what it imported. */
  note(source: string): void;
  /**
   * After Stop broke off a cell: forgets modules that were just being loaded, which would stay without their exports for
   * good, and those loaded meanwhile that import them in a circle, which hold what they had by then.
   */
  forgetHalfLoaded(): void;
}

/** Where names that cells import live. */
interface Names {
  readonly variables: Record<string, unknown>;
  readonly require: CellRequire;
}

/**
 * tslab loads an edited file again but leaves modules that import it with the old one, and never sees files that are
 * loaded by tsx. Here a changed file and its dependents are dropped from Node's module cache before the next cell, and
 * the names that earlier cells imported are bound to the new modules.
 */
export function createReloader({ notebook, root }: Folders, names: Names): Reloader {
  const stamps = new Map<string, number>(); // file → time of change when loaded
  const imported = new Map<string, { readonly specifier: string; readonly name: string }>(); // variable → where it is from
  const kernel = path.join(root, 'src/notebook/kernel');
  const isProject = (file: string): boolean =>
    [root, notebook].some((folder) => file.startsWith(folder + path.sep)) &&
    !file.includes(`${path.sep}node_modules${path.sep}`) &&
    !file.startsWith(kernel);

  const stamp = (): void => {
    for (const file of Object.keys(modules)) if (isProject(file) && !stamps.has(file)) stamps.set(file, changed(file));
  };
  return {
    refresh() {
      stamp();
      const edited = [...stamps].filter(([file, time]) => changed(file) !== time).map(([file]) => file);
      if (!edited.length) return;
      const ours = Object.entries(modules).flatMap(([file, module]) => (isProject(file) ? [module!] : []));
      const stale = importersOf(edited, ours);
      for (const file of stale) {
        delete modules[file];
        stamps.delete(file);
      }
      rebind(imported, names);
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
      stamp();
      for (const [variable, from] of importsOf(source)) imported.set(variable, from);
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

function rebind(
  imported: Map<string, { readonly specifier: string; readonly name: string }>,
  { variables, require }: Names,
): void {
  for (const [variable, { specifier, name }] of imported) {
    if (!(variable in variables)) continue;
    try {
      const module = require(specifier) as Record<string, unknown>;
      variables[variable] = name === '*' ? module : module[name];
    } catch (error) {
      // the old one stays; a cell that imports it will say what is wrong
      imported.delete(variable);
      console.error(`${specifier} was not loaded again: ${(error as Error).message}`);
    }
  }
}

/** The names that a cell imports from project files. */
function* importsOf(source: string): Generator<[string, { specifier: string; name: string }]> {
  const ts = typescript();
  for (const statement of ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest).statements) {
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
