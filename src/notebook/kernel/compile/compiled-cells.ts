import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type ts from 'typescript';
import { cellOptions } from './compiler-options.ts';
import { cacheFolder, type Folders } from '../modules/folders.ts';
import { resolutionsOf } from '../modules/checked-modules.ts';
import { hashOf, sha256 } from '../../../storage/files/hash.ts';
import { contentOfSealed, sealedText } from '../../../storage/files/sealed-text.ts';
import { keepFile } from './keep-file.ts';
import { typescript } from '../tslab.ts';

/** A cell that TypeScript found nothing wrong with, as it was compiled. */
export interface CompiledCell {
  readonly code: string;
  readonly maps: readonly string[];
  readonly names: readonly string[];
  readonly earlier: readonly string[];
  /** The declarations of all cells, this one included. */
  readonly declarations: string;
}

/** Cells as earlier kernels have compiled them. */
export interface CompiledCells {
  /** Gives a cell, unless a file that its types come from is no longer as it was. */
  find(declarations: string, source: string): CompiledCell | undefined;
  /** Keeps a cell, unless a file of its program has changed since the kernel started. */
  keep(declarations: string, source: string, cell: CompiledCell, program: ts.Program): void;
}

/** The files and folders of a program, with their time of change (ms), and the files that it looked for in vain. */
interface Surroundings {
  readonly there: readonly (readonly [file: string, changed: number, size: number])[];
  readonly absent: readonly string[];
}

/** A cell with the name of its surroundings, which it shares with others. */
interface Kept {
  readonly cell: CompiledCell;
  readonly around: string;
}

/** How many files are kept; then the oldest go. */
const MOST_KEPT = 1200;
const PRUNED_TO = 800;

/**
 * Keeps compiled cells on disk, by their text, the declarations of the cells before, and the state of all files that
 * TypeScript has read for them. A notebook that is run again in a new kernel needs no TypeScript then: in the first
 * notebook it takes half the time from the first cell to the first curve.
 * @param own the cells' files, which are not on disk
 * @param started when the kernel started, in ms; what has changed since is compiled as it is now
 */
export function createCompiledCells(folders: Folders, own: readonly string[], started: number): CompiledCells {
  const folder = path.join(cacheFolder(folders), 'cells');
  let told: string | undefined;
  const version = (): string => (told ??= versionOf(folders));
  const keyOf = (declarations: string, source: string): string => hashOf([version(), declarations, source]);
  const surroundings = new Map<string, Surroundings>();
  let known:
    { readonly files: readonly ts.SourceFile[]; readonly there: Surroundings['there'] | undefined } | undefined;

  /** Each file has its checksum: a cell that is damaged must not run. */
  const read = <T extends object>(name: string): T | undefined => {
    try {
      return contentOfSealed(readFileSync(path.join(folder, name), 'utf8'), sha256) as T;
    } catch {
      return undefined; // not there, or damaged
    }
  };
  const write = (name: string, value: object): boolean =>
    keepFile(path.join(folder, name), sealedText(value, sha256, 0));

  /** Gives the state of the program's files; undefined if one has changed since the kernel started. */
  const thereOf = (program: ts.Program): Surroundings['there'] | undefined => {
    const files = program.getSourceFiles().filter(({ fileName }) => !own.includes(fileName));
    if (known?.files.length === files.length && known.files.every((file, i) => file === files[i])) return known.there;
    const { typeRoots = [] } = program.getCompilerOptions();
    const there = [...files.map(({ fileName }) => fileName), ...typeRoots.filter((root) => existsSync(root))].map(
      stateOf,
    );
    const unchanged = there.every((state) => state && state[1] <= started);
    known = { files, there: unchanged ? (there as Surroundings['there']) : undefined };
    return known.there;
  };
  /** Lists the files whose appearance would give the user's imports another meaning. */
  const absentFor = (program: ts.Program): string[] => {
    const source = path.join(folders.root, 'src') + path.sep;
    const users = program
      .getSourceFiles()
      .filter(({ fileName }) => !fileName.startsWith(source) && !fileName.includes('/node_modules/'));
    const looked = users.flatMap((file) =>
      resolutionsOf(program, file).flatMap((one) => one.failedLookupLocations ?? []),
    );
    return [...new Set(looked)].sort();
  };
  const isAsItWas = ({ there, absent }: Surroundings): boolean =>
    there.every(([file, changed, size]) => {
      const state = stateOf(file);
      return state?.[1] === changed && state[2] === size && changed <= started;
    }) && !absent.some((file) => existsSync(file));

  return {
    find(declarations, source) {
      const found = read<Kept>(keyOf(declarations, source));
      if (!found) return undefined;
      const around = surroundings.get(found.around) ?? read<Surroundings>(found.around);
      if (around) surroundings.set(found.around, around);
      return around && isAsItWas(around) ? found.cell : undefined;
    },
    keep(declarations, source, cell, program) {
      const there = thereOf(program);
      if (!there) return;
      const around: Surroundings = { there, absent: absentFor(program) };
      const name = hashOf(around);
      if (!surroundings.has(name) && !write(name, around)) return;
      surroundings.set(name, around);
      if (write(keyOf(declarations, source), { cell, around: name } satisfies Kept)) prune(folder);
    },
  };
}

/** Gives a file's state. The time is that of its inode: packages' files may all bear the same date, from their archive. */
const stateOf = (file: string): Surroundings['there'][number] | undefined => {
  const found = statSync(file, { throwIfNoEntry: false });
  return found && [file, found.ctimeMs, found.size];
};

/** Names what a cell's code depends on beside its text and the files that it imports. */
function versionOf(folders: Folders): string {
  const kernel = fileURLToPath(new URL('..', import.meta.url));
  const files = readdirSync(kernel, { recursive: true, encoding: 'utf8' }).sort();
  const states = files.map((file) => stateOf(path.join(kernel, file)));
  return JSON.stringify([typescript().version, folders, cellOptions(folders), states]);
}

function prune(folder: string): void {
  const files = readdirSync(folder);
  if (files.length <= MOST_KEPT) return;
  const newest = files
    .map((name) => path.join(folder, name))
    .map((file) => ({ file, at: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at);
  for (const { file } of newest.slice(PRUNED_TO)) rmSync(file, { force: true });
}
