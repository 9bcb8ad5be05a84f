import { statSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import type ts from 'typescript';
import { awaitingFiles } from './awaiting-modules.ts';
import type { CellModules } from './cell-require.ts';
import type { Folders } from './folders.ts';
import { isDoor } from './doors.ts';
import { bindImport, importsIn, type NotebookScope, noValue } from '../run/notebook-scope.ts';
import { typescript } from '../tslab.ts';

const modules = createRequire(import.meta.url).cache;

/** Keeps a notebook's modules of the project as new as their files. */
export interface Reloader {
  /**
   * Runs before a cell: drops changed modules with all that import them, and binds imported names to the new ones. Says
   * so if the cell names something that could not be loaded again.
   * @param source the cell's source
   */
  refresh(source: string): Promise<void>;
  /**
   * Runs after Stop: forgets modules that were just being loaded, which would stay without their exports for good, and
   * those loaded meanwhile that import them in a circle, which hold what they had by then.
   */
  forgetHalfLoaded(): void;
}

/** Where the names live that cells import. */
interface Names {
  readonly variables: NotebookScope;
  readonly load: CellModules['load'];
}

/**
 * Creates a reloader. Node.js keeps a module as it was loaded. This drops a changed file and its dependents from the
 * cache before the next cell, and binds the names that earlier cells imported to the new modules.
 */
export function createReloader({ notebook, project, root }: Folders, names: Names): Reloader {
  const stamps = new Map<string, number>(); // file → time of change when it began to load, whether or not it could
  const failed = new Map<string, string>(); // specifier → why it could not be loaded again
  const kernel = path.join(root, 'src/notebook/kernel');
  const isProject = (file: string): boolean =>
    [root, project, notebook].some((folder) => file.startsWith(folder + path.sep)) &&
    !file.includes(`${path.sep}node_modules${path.sep}`) &&
    !file.startsWith(kernel);

  onLoad((file) => {
    if (isProject(file)) stamps.set(file, changed(file));
  });
  for (const file of Object.keys(modules)) if (isProject(file)) stamps.set(file, changed(file));
  return {
    async refresh(source) {
      const edited = [...stamps].filter(([file, time]) => changed(file) !== time).map(([file]) => file);
      if (edited.length) {
        const ours = Object.entries(modules).flatMap(([file, module]) => (isProject(file) ? [module!] : []));
        for (const file of importersOf(edited, ours)) {
          delete modules[file];
          // a module that was removed is looked for again, just as one with an error
          stamps.set(file, changed(file));
        }
        await rebind(failed, names);
      }
      if (!failed.size) return;
      const used = namesIn(source);
      for (const [variable, { specifier }] of importsIn(names.variables))
        if (failed.has(specifier) && used.has(variable))
          console.error(`\`${variable}\` is the old one: ${specifier} was not loaded again: ${failed.get(specifier)}`);
    },
    forgetHalfLoaded() {
      const awaiting = new Set(awaitingFiles());
      const half = Object.values(modules).filter((one) => !one!.loaded || awaiting.has(one!.id)) as NodeModule[];
      const below = new Set(half);
      for (const module of below) for (const child of module.children) below.add(child); // grows while it is gone through
      const broken = importersOf(
        half.map(({ id }) => id),
        [...below],
      );
      for (const file of broken) delete modules[file];
    },
  };
}

/**
 * Gives modules and all that import them, directly or indirectly.
 * @param files the modules' files
 * @param among the modules among which importers are looked for
 */
function importersOf(files: readonly string[], among: readonly NodeModule[]): Set<string> {
  const found = new Set(files);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const { id, children } of among) if (children.some((child) => found.has(child.id))) found.add(id);
  }
  return found;
}

async function rebind(failed: Map<string, string>, { variables, load }: Names): Promise<void> {
  failed.clear();
  for (const [variable, { specifier, exported }] of importsIn(variables)) {
    if (!(specifier.startsWith('.') || isDoor(specifier)) || failed.has(specifier)) continue;
    try {
      const module = await load(specifier);
      const read = (): unknown => {
        if (module.has(exported)) return module.read(exported);
        throw noValue(variable, `${specifier} does not export ${exported} any more`);
      };
      bindImport(variables, variable, { specifier, exported, read });
    } catch (error) {
      failed.set(specifier, (error as Error).message);
    }
  }
}

/** Listens for every file that begins to load: an edit after that counts, even while the cell that loads it runs. */
function onLoad(hear: (file: string) => void): void {
  const prototype = (Module as unknown as { prototype: { load(this: NodeModule, file: string): unknown } }).prototype;
  const { load } = prototype;
  prototype.load = function (file) {
    hear(file);
    return load.call(this, file);
  };
}

/** Gives the names that a cell uses, without those of properties. */
function namesIn(source: string): Set<string> {
  const compiler = typescript();
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const { parent } = node as { parent?: ts.Node };
    const isProperty = parent && compiler.isPropertyAccessExpression(parent) && parent.name === node;
    if (compiler.isIdentifier(node) && !isProperty) names.add(node.text);
    compiler.forEachChild(node, visit);
  };
  visit(compiler.createSourceFile('cell.ts', source, compiler.ScriptTarget.Latest, true));
  return names;
}

function changed(file: string): number {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return -1;
  }
}
