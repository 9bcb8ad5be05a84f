import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { dataFolder, shortPath } from '../../project.ts';
import { sha256 } from '../files/hash.ts';
import type { Place } from './place.ts';
import { stateOf, thisProcess } from '../files/processes.ts';
import { replaceFile } from '../files/replace-file.ts';

/** Gives the folder for everything brought here from places, each in its own folder. */
export const fetchedRoot = (): string => path.join(dataFolder(), 'places');

/**
 * Gives the path of the note that a file lies at its place as well, so that it may be removed here at the cost of
 * bringing it again. The note's own time is that of the file's last use.
 */
export function knownOf(file: string): string {
  const [folder, ...rest] = path.relative(fetchedRoot(), file).split(path.sep);
  return path.join(fetchedRoot(), `${folder}${KNOWN}`, ...rest);
}

const KNOWN = '.known';

/** Notes that a file was used, so that it stays longer than others. */
export function noteFileUse(file: string): void {
  try {
    utimesSync(knownOf(file), new Date(), new Date());
  } catch {
    // there is no note about it
  }
}

/** Gives the local folder for what comes from a place: rows of features, or files as they are. */
export const mirrorFolder = ({ uri }: Pick<Place, 'uri'>, kind: 'rows' | 'files'): string =>
  path.join(fetchedRoot(), `${sha256(uri).slice(0, 16)}-${kind}`);

/** Gives how many bytes files brought from places may take here: `GRAFT_CACHE_LIMIT`, in GB. @default 50 GB */
export function cacheLimit(): number {
  const text = process.env.GRAFT_CACHE_LIMIT;
  if (!text) return 50e9;
  const limit = Number(text) * 1e9;
  if (!(limit >= 0)) throw new RangeError(`GRAFT_CACHE_LIMIT: expected a number of GB from 0; got "${text}".`);
  return limit;
}

/** How many times this process is using each file at present. */
const uses = new Map<string, number>();

/**
 * Says that this process uses files, or all in a folder, so that no process of this data folder removes them. @returns
 * a function that takes this back
 */
export function useFiles(files: readonly string[]): () => void {
  for (const file of files) uses.set(file, (uses.get(file) ?? 0) + 1);
  writeUses();
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    for (const file of files) {
      const left = uses.get(file)! - 1;
      if (left) uses.set(file, left);
      else uses.delete(file);
    }
    writeUses();
  };
}

/** Time between two touches of this process' list of uses; one untouched for {@link STALE_MS} is a dead process'. */
const [TOUCH_MS, STALE_MS] = [60_000, 600_000];
let touching: NodeJS.Timeout | undefined;

function usesFile(): string {
  const { host, system, pid } = thisProcess();
  return path.join(fetchedRoot(), `${host}.${system}.${pid}.uses.json`);
}

function writeUses(): void {
  clearInterval(touching);
  if (!uses.size) return rmSync(usesFile(), { force: true });
  replaceFile(usesFile(), JSON.stringify([...uses.keys()]));
  touching = setInterval(touch, TOUCH_MS).unref();
}

function touch(): void {
  try {
    utimesSync(usesFile(), new Date(), new Date());
  } catch {
    // it is written anew with the next use
  }
}

/** Gives the files that some process uses; lists left by ended processes are removed. */
function usedFiles(root: string): Set<string> {
  const used = new Set<string>();
  for (const name of existsSync(root) ? readdirSync(root) : []) {
    const [, host, system, pid] = /^([\w-]+)\.(?:([0-9a-f]{8}|none)\.)?(\d+)\.uses\.json$/.exec(name) ?? [];
    if (!host) continue;
    const file = path.join(root, name);
    const state = stateOf({ host, system, pid: Number(pid) });
    const touched = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (state === 'ended' || (state === 'elsewhere' && Date.now() - touched > STALE_MS)) rmSync(file, { force: true });
    else for (const one of namesIn(file)) used.add(one);
  }
  return used;
}

/** Reads what a process says it uses; an unreadable list (a disk error, cut off) counts as using everything. */
function namesIn(file: string): readonly string[] {
  try {
    const names: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (Array.isArray(names)) return names as string[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
  }
  return [fetchedRoot()];
}

/**
 * Makes room for files to be brought: the least recently used ones are removed, but never one in use, nor one that is
 * not at its place.
 * @param bytes the number of bytes to come
 * @throws Error saying how much is needed and what to do, if that is more than the limit
 */
export function makeRoom(bytes: number): void {
  const root = fetchedRoot();
  const limit = cacheLimit();
  const files = fetchedFiles(root);
  let total = files.reduce((sum, { size }) => sum + size, 0) + bytes;
  if (total <= limit) return;
  const used = usedFiles(root);
  const isUsed = (file: string): boolean => {
    for (let part = file; part.length >= root.length; part = path.dirname(part)) if (used.has(part)) return true;
    return false;
  };
  const free = files.flatMap(({ file, size }) => {
    const note = statSync(knownOf(file), { throwIfNoEntry: false });
    return note && !isUsed(file) ? [{ file, size, time: note.mtimeMs }] : [];
  });
  free.sort((a, b) => a.time - b.time);
  for (const { file, size } of free) {
    if (total <= limit) return;
    rmSync(file, { force: true });
    total -= size;
  }
  if (total > limit)
    throw new Error(
      `${shortPath(root)}: ${gigabytes(total)} of files from places are needed here at once; GRAFT_CACHE_LIMIT allows ` +
        `${gigabytes(limit)}. Set it higher, or use less data at a time.`,
    );
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(3)} GB`;

/** Lists all files brought here, or made here for a place. */
function fetchedFiles(root: string): { readonly file: string; readonly size: number }[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    if (name.split(path.sep)[0].endsWith(KNOWN) || name.endsWith('.uses.json')) return [];
    const file = path.join(root, name);
    const found = statSync(file, { throwIfNoEntry: false });
    return found?.isFile() ? [{ file, size: found.size }] : [];
  });
}
