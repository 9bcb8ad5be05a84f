import { type Dirent, existsSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { shortPath } from '../../project.ts';

/** The state of a file on disk; if all of it is unchanged, so is the content. */
export interface FileState {
  readonly size: number;
  /** When it was last changed, in ms since 1970; programs set it back (`rsync -t`, `exiftool -P`). */
  readonly changed: number;
  /** When it or its metadata were last changed (ctime), in ms since 1970; no program sets it back. */
  readonly touched: number;
  readonly inode: number;
}

/** A file below a folder. */
export interface FoundFile extends FileState {
  /** The path relative to the folder, with `/`. */
  readonly path: string;
}

/** The contents of a folder. */
export interface Walk {
  /** The files in the order of `sorted(os.walk(folder))` with sorted names: by folder, then by name, as code points. */
  readonly files: readonly FoundFile[];
  /** The folders, including those without files. */
  readonly folders: readonly string[];
  /** Names that begin with a dot, and what systems leave in folders; not searched. */
  readonly hidden: readonly string[];
  /** Links that lead out of the folder, in a circle or nowhere; not followed. */
  readonly links: readonly string[];
  /** Names that are not in UTF-8, as far as they can be read; not searched. */
  readonly unreadable: readonly string[];
}

const SYSTEM = /^(\.|__MACOSX$|Thumbs\.db$|desktop\.ini$|Icon\r$|@eaDir$)/i;

/**
 * Lists all files below a folder. Symbolic links are followed as long as they stay inside it.
 * @param options.depth how many folders deep files may lie, 1 for those directly in it @default any
 * @throws Error if the folder is not there, or one in it cannot be read
 */
export function walkFolder(root: string, { depth = Infinity }: { readonly depth?: number } = {}): Walk {
  if (!existsSync(root) || !statSync(root).isDirectory())
    throw new Error(`${shortPath(root)}: expected a folder; ${existsSync(root) ? 'it is a file' : 'it is not there'}.`);
  const real = realpathSync(root);
  const [files, folders]: [FoundFile[], string[]] = [[], []];
  const [hidden, links, unreadable]: string[][] = [[], [], []];
  const enter = (folder: string, above: readonly string[]): void => {
    const inside: string[] = [];
    for (const entry of readFolder(path.join(root, folder))) {
      const name = folder ? `${folder}/${entry.name}` : entry.name;
      if (SYSTEM.test(entry.name)) {
        hidden.push(name);
        continue;
      }
      if (entry.name.includes('\ufffd') && !existsSync(path.join(root, name))) {
        unreadable.push(name);
        continue;
      }
      const target = entry.isSymbolicLink() ? followed(path.join(root, name), real) : path.join(root, name);
      const state = target === undefined ? undefined : stateOf(target);
      if (!state || above.includes(state.folder ?? '')) links.push(name);
      else if (state.folder !== undefined) inside.push(name);
      else if (state.size !== undefined)
        files.push({
          path: name,
          size: state.size,
          changed: state.changed,
          touched: state.touched,
          inode: state.inode,
        });
    }
    for (const name of inside) {
      folders.push(name);
      if (above.length >= depth) continue;
      enter(name, [...above, realpathSync(path.join(root, name))]);
    }
  };
  enter('', [real]);
  const parent = (file: string): string => file.slice(0, Math.max(0, file.lastIndexOf('/')));
  files.sort((a, b) => byCodePoints(parent(a.path), parent(b.path)) || byCodePoints(a.path, b.path));
  folders.sort(byCodePoints);
  return { files, folders, hidden, links, unreadable };
}

/**
 * Lists the names of all files below a folder, with `/`, except hidden ones; links are not followed. None if it is
 * missing.
 */
export const filesBelow = (folder: string): string[] =>
  (existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [])
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));

/** Compares text as Python does; JavaScript compares UTF-16 units. */
export function byCodePoints(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    const [high, higher] = [x >= 0xd800 && x < 0xe000, y >= 0xd800 && y < 0xe000];
    return high === higher ? x - y : high ? 1 : -1; // halves of characters above U+FFFF
  }
  return a.length - b.length;
}

/** Whether a path is a folder; a missing one counts as a folder, so that the error is about that. */
export const isFolderOrGone = (file: string): boolean =>
  statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? true;

/** Gives the state of a file on disk, if it lies inside a folder, links followed. */
export function stateInside(file: string, root: string): FileState | 'missing' | 'outside' {
  if (!isInside(path.resolve(file), path.resolve(root))) return 'outside';
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return 'missing';
  if (!isInside(realpathSync(file), realpathSync(root))) return 'outside';
  return stateOfStats(statSync(file));
}

export const stateOfStats = ({ size, mtimeMs, ctimeMs, ino }: Stats): FileState => ({
  size,
  changed: mtimeMs,
  touched: ctimeMs,
  inode: ino,
});

const isInside = (file: string, root: string): boolean => file === root || file.startsWith(root.replace(/\/*$/, '/'));

function readFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    throw new Error(`${shortPath(folder)} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

/** Gives a link's target; undefined if that is outside the folder, or missing. */
function followed(link: string, root: string): string | undefined {
  try {
    const target = realpathSync(link);
    return isInside(target, root) ? target : undefined;
  } catch {
    return undefined;
  }
}

/** Gives a folder's real path, or a file's state; neither for devices and the like, undefined if it has gone. */
function stateOf(
  target: string,
): (FileState & { folder?: undefined }) | { folder?: string; size?: undefined } | undefined {
  try {
    const found = statSync(target);
    if (found.isDirectory()) return { folder: realpathSync(target) };
    return found.isFile() ? stateOfStats(found) : {};
  } catch {
    return undefined;
  }
}
