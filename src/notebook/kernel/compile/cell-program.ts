import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import { cellOptions } from './compiler-options.ts';
import { withoutDomGlobals } from './dom-types.ts';
import { unchangedSince } from '../modules/checked-modules.ts';
import type { Folders } from '../modules/folders.ts';
import { createOutlines } from './outlines.ts';
import { amendPlot } from './plot-types.ts';
import { findPackagesInProject } from '../modules/project-packages.ts';
import { typescript } from '../tslab.ts';

/** Begins a cell's file and makes it a module even if it imports and exports nothing. One line. */
export const HEAD = 'export {};\n';

/** The program that a cell belongs to: its text, the declarations of earlier cells, and all that they import. */
export interface CellProgram {
  /** Updates the program with a cell and with changes on disk. */
  update(declarations: string, cell: string): UpdatedProgram;
  /** Makes the program, unless it is there. */
  prepare(): void;
  /** Adds modules that no cell has imported; they are read at the next update. */
  know(...files: readonly string[]): void;
  /** The files that are not on disk. */
  readonly files: readonly string[];
  /** Whether the program has a module of Graft's without the bodies of its functions. */
  isOutline(file: string): boolean;
  close(): void;
}

export interface UpdatedProgram {
  readonly program: ts.Program;
  readonly cell: ts.SourceFile;
  readonly declarations: ts.SourceFile;
}

/** Functions that TypeScript does not declare as public. */
interface Internals {
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
}

/**
 * Creates a program that is kept up to date, with TypeScript's own watcher of files. It is made at its first use.
 * @param started when the kernel started, in ms
 */
export function createCellProgram(folders: Folders, started: number): CellProgram {
  const compiler = typescript();
  const { bindSourceFile } = compiler as unknown as Internals;
  const cellFile = path.join(folders.notebook, '__tslab__.ts');
  const declarationsFile = path.join(folders.notebook, '__prev__.d.ts');
  const texts = new Map([
    [cellFile, ''],
    [declarationsFile, ''],
  ]);
  const outlines = createOutlines(folders, unchangedSince(started));
  const roots = new Set(texts.keys());
  const changed = new Map<string, ts.FileWatcherCallback>();
  const disk = findPackagesInProject(compiler.sys, folders);
  const system: ts.System = {
    ...disk,
    getCurrentDirectory: () => folders.notebook,
    fileExists: (file) => texts.has(file) || disk.fileExists(file),
    readFile(file, encoding) {
      const own = texts.get(file);
      if (own !== undefined) return HEAD + own;
      const text = disk.readFile(file, encoding);
      if (!text) return text;
      if (path.basename(file) === 'lib.dom.d.ts') return withoutDomGlobals(text);
      return outlines.outlined(file, amendPlot(file, text));
    },
    watchFile(file, callback, ...rest) {
      if (!texts.has(file)) return compiler.sys.watchFile!(file, callback, ...rest);
      changed.set(file, callback);
      return { close() {} };
    },
    watchDirectory: watchPackages(compiler.sys),
    // nothing is postponed: every update asks for it
    setTimeout: undefined,
    clearTimeout: undefined,
  };
  const silent = (): void => {};
  const start = () => {
    // the usual builder works out anew for every program which of its thousand files import which, and that takes longest
    const create = compiler.createAbstractBuilder;
    const host = compiler.createWatchCompilerHost([...roots], cellOptions(folders), system, create, silent, silent);
    host.afterProgramCreate = silent;
    return compiler.createWatchProgram(host);
  };
  let watch: ReturnType<typeof start> | undefined;
  const set = (file: string, text: string): void => {
    if (texts.get(file) === text) return;
    texts.set(file, text);
    changed.get(file)?.(file, compiler.FileWatcherEventKind.Changed);
  };
  return {
    update(declarations, cell) {
      set(declarationsFile, declarations);
      set(cellFile, cell);
      const program = (watch ??= start()).getProgram().getProgram();
      const files = {
        cell: program.getSourceFile(cellFile)!,
        declarations: program.getSourceFile(declarationsFile)!,
      };
      // names that a cell does not declare are looked up among the declarations, as if these enclosed it
      bindSourceFile(files.cell, program.getCompilerOptions());
      (files.cell as { parent: ts.Node }).parent = files.declarations;
      outlines.learn(program);
      return { program, ...files };
    },
    prepare: () => void (watch ??= start()),
    know(...more) {
      for (const file of more) roots.add(file);
      watch?.updateRootFileNames([...roots]);
    },
    files: [...texts.keys()],
    isOutline: (file) => outlines.isOutline(file),
    close: () => watch?.close(),
  };
}

/**
 * Watches of the folders of packages only which packages there are: TypeScript would watch each of their 2,400 folders,
 * which takes a third of a second when the kernel starts.
 */
function watchPackages(system: ts.System): ts.System['watchDirectory'] {
  const watch: NonNullable<ts.System['watchDirectory']> = (...given) => system.watchDirectory!(...given);
  return (folder, callback, recursive, options) => {
    if (path.basename(folder) !== 'node_modules' || !existsSync(folder))
      return watch(folder, callback, recursive, options);
    const scopes = readdirSync(folder).filter((name) => name.startsWith('@'));
    const watchers = [folder, ...scopes.map((name) => path.join(folder, name))].map((one) =>
      watch(one, callback, false, options),
    );
    return { close: () => watchers.forEach((one) => one.close()) };
  };
}
