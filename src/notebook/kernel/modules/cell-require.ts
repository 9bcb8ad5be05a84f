import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import { endOf, isOnlyForImport } from './awaiting-modules.ts';
import { type Folders, relativeFolders } from './folders.ts';
import { graftsFolders, isOne, sayVersions } from './package-versions.ts';

/** Loads a module for a cell. */
export type CellRequire = (specifier: string) => unknown;

/** A module as the forms of `import` see it. */
export interface Loaded {
  /** Gives an export's present value; `*` for all of them. */
  read(exported: string): unknown;
  has(exported: string): boolean;
}

/** The functions by which a cell's code gets its modules. */
export interface CellModules {
  readonly require: CellRequire;
  /** Serves an `import` declaration; gives a promise only if the module is not available at once. */
  readonly load: (specifier: string) => Loaded | Promise<Loaded>;
  /** Serves `import(…)`. */
  readonly dynamicImport: (specifier: unknown) => Promise<unknown>;
  /** Serves as `import.meta`. */
  readonly meta: object;
}

/**
 * Loads modules as `import` in a cell asks for them: relative ones from the notebook's own folder, else from its
 * project's or Graft's; packages from the project, else from Graft's own. Graft itself and TensorFlow.js are Graft's, so
 * that there is only one of each.
 * @param adapt takes each module with the name that the cell uses, and returns the module that the cell gets
 */
export function createCellModules(
  folders: Folders,
  adapt: (specifier: string, module: unknown) => unknown,
): CellModules {
  const { notebook, root } = folders;
  const beside = relativeFolders(folders).map(importer);
  const own = importer(notebook);
  const say = sayVersions(folders);
  /** Gives those that may know a module, in the order in which they are asked. */
  const asked = (specifier: string): readonly Importer[] => {
    if (specifier.startsWith('.')) return beside;
    const graft = graftsFolders(root, specifier).map(importer);
    return isOne(specifier) ? [...graft, own] : [own, ...graft];
  };
  const plain: CellRequire = (specifier) => {
    const those = asked(specifier);
    say(specifier);
    return (those.find((one) => canResolve(one, specifier)) ?? those[0]).require(specifier);
  };
  const imported = async (specifier: string): Promise<unknown> => {
    const [first, ...others] = asked(specifier);
    for (const one of [first, ...others])
      try {
        return await one.import(specifier);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND' || one === others.at(-1)) throw error;
      }
    return first.import(specifier);
  };
  const load = (specifier: string): Loaded | Promise<Loaded> => {
    const take = (module: unknown): Loaded => loaded(adapt(specifier, module));
    try {
      const module = plain(specifier);
      const end = endOf(module);
      return end ? end.then(() => take(module)) : take(module);
    } catch (error) {
      if (!isOnlyForImport(error)) throw error;
      return imported(specifier).then(take);
    }
  };
  const filename = path.join(notebook, 'cell.ts');
  return {
    require: (specifier) => adapt(specifier, plain(specifier)),
    load,
    dynamicImport: async (specifier) => (await load(String(specifier))).read('*'),
    meta: {
      url: pathToFileURL(filename).href,
      filename,
      dirname: notebook,
      resolve: (specifier: string) => pathToFileURL(own.require.resolve(specifier)).href,
    },
  };
}

interface Importer {
  readonly require: NodeJS.Require;
  readonly import: (specifier: string) => Promise<unknown>;
}

/** Makes functions that load modules as a file in a folder does. */
function importer(folder: string): Importer {
  const known = importers.get(folder);
  if (known) return known;
  const filename = path.join(folder, 'cell.js');
  const file = new Module(filename) as NodeModule & { _compile(code: string, filename: string): void };
  file._compile('module.exports = (specifier) => import(specifier);', filename);
  const made = { require: createRequire(filename), import: file.exports as Importer['import'] };
  importers.set(folder, made);
  return made;
}

const importers = new Map<string, Importer>();

function loaded(module: unknown): Loaded {
  const exports = module as Record<string, unknown> & { readonly __esModule?: boolean };
  const isModule = types.isModuleNamespaceObject(module) || Boolean(exports?.__esModule);
  // TypeScript's esModuleInterop: all that a CommonJS module exports is its default
  const isWhole = (exported: string): boolean => exported === 'default' && !isModule;
  let all: unknown;
  return {
    has: (exported) => exported === '*' || isWhole(exported) || exported in Object(module),
    read(exported) {
      if (exported === '*') return isModule ? module : (all ??= namespaceOf(module));
      return isWhole(exported) ? module : exports[exported];
    },
  };
}

/** Presents a CommonJS module to `import * as`; reads no property before it is asked for. */
function namespaceOf(module: unknown): object {
  const exports = Object(module) as Record<string, unknown>;
  const names = Object.keys(exports).filter((name) => name !== 'default');
  const properties = names.map((name) => [name, { enumerable: true, get: () => exports[name] }] as const);
  return Object.defineProperties({ default: module }, Object.fromEntries(properties));
}

/** Whether there is such a module, if only for `import`. */
function canResolve({ require }: Importer, specifier: string): boolean {
  try {
    require.resolve(specifier);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}
