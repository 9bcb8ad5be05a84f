import { statSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import { withoutDomGlobals } from './dom-types.ts';
import type { Folders } from './folders.ts';
import { amendPlot } from './plot-types.ts';

type Builder = ts.BuilderProgram;
type Host = ts.WatchCompilerHostOfFilesAndCompilerOptions<Builder>;

/** Suits tslab's file system to what the kernel needs of it; tslab has made it for one compiler. */
export function adaptSystem(system: ts.System, folders: Folders): void {
  dropSecondTimer(system);
  findPackagesInProject(system, folders);
  const { readFile } = system;
  system.readFile = (file, encoding) => {
    const text = readFile(file, encoding);
    return text && path.basename(file) === 'lib.dom.d.ts' ? withoutDomGlobals(text) : text && amendPlot(file, text);
  };
}

/**
 * Lets tslab see programs in which only the cell is emitted, and only the user's modules are checked beside it: project
 * files are loaded by tsx, and Graft's own are checked before they are committed, so that the first import of the
 * whole of `src/` need not wait for that. An edited one is checked.
 * @param onProgram gets every new program as it is
 */
export function narrowPrograms(
  host: Host,
  cellFile: string,
  { root }: Folders,
  onProgram: (program: ts.Program) => void,
): void {
  const source = path.join(root, 'src') + path.sep;
  const started = Date.now();
  const unchecked = (file: string): boolean => file.startsWith(source) && changedAt(file) <= started;
  let create: Host['afterProgramCreate'];
  Object.defineProperty(host, 'afterProgramCreate', {
    get: () => create,
    set(own: NonNullable<Host['afterProgramCreate']>) {
      create = (builder) => {
        onProgram(builder.getProgram());
        const emit = builder.emit.bind(builder);
        const narrow: Partial<Builder> = {
          emit: (file, ...rest) =>
            file?.fileName === cellFile ? emit(file, ...rest) : { emitSkipped: true, diagnostics: [] },
          getAllDependencies: (file) => modulesOf(builder.getProgram(), file).filter((one) => !unchecked(one)),
        };
        own({ ...builder, ...narrow });
      };
    },
  });
}

/** What TypeScript 5.0 notes in a file of what its imports are found to be. */
interface Resolved {
  readonly resolvedModules?: { forEach(use: (found: ts.ResolvedModuleWithFailedLookupLocations) => void): void };
}

/** A file and the modules that it imports, and those that they do; not into declarations, which need no check. */
function modulesOf(program: ts.Program, file: ts.SourceFile): string[] {
  const found = new Set([file.fileName]);
  const visit = (of: ts.SourceFile): void =>
    (of as Resolved).resolvedModules?.forEach(({ resolvedModule }) => {
      const module = resolvedModule && program.getSourceFile(resolvedModule.resolvedFileName);
      if (!module || module.isDeclarationFile || found.has(module.fileName)) return;
      found.add(module.fileName);
      visit(module);
    });
  visit(file);
  return [...found];
}

const changedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/**
 * tslab has one slot for a timer, TypeScript uses two: the second (a file appeared in a watched folder) would wedge the
 * kernel for good ("Unexpected pending rebuildTimer"). Every update of the program does that timer's work itself.
 */
function dropSecondTimer(system: ts.System): void {
  const { setTimeout: set, clearTimeout: clear } = system as Required<ts.System>;
  const dropped = {};
  system.setTimeout = (callback: (...args: unknown[]) => void, ms: number, ...args: unknown[]) =>
    callback.name === 'updateProgramWithWatchStatus' ? (set(callback, ms, ...args) as unknown) : dropped;
  system.clearTimeout = (timer) => (timer === dropped ? undefined : clear(timer));
}

/** In a notebook outside of the project packages are the project's, unless its folder has its own. */
function findPackagesInProject(system: ts.System, { notebook, root }: Folders): void {
  if (`${notebook}${path.sep}`.startsWith(root + path.sep)) return; // found there by walking up
  const own = path.join(notebook, 'node_modules');
  const { fileExists, directoryExists, readFile, realpath } = system;
  const instead = (file: string): string => {
    const inOwn = file.startsWith(own + path.sep) && !statSync(file, { throwIfNoEntry: false });
    return inOwn ? path.join(root, 'node_modules', file.slice(own.length)) : file;
  };
  system.fileExists = (file) => fileExists(instead(file));
  system.directoryExists = (folder) => directoryExists(instead(folder));
  system.readFile = (file, encoding) => readFile(instead(file), encoding);
  system.realpath = (file) => (realpath ? realpath(instead(file)) : instead(file));
}
