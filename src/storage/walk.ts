import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

/** A file in a folder. */
export interface Found {
  /** The folder's path, as it was given, with the file's behind it. */
  readonly file: string;
  /** Whether it is a link that leads out of the folder, or to nothing. */
  readonly astray: boolean;
}

/**
 * All files in a folder and those below it, each folder's by name (as Python's `sorted`), one folder after the other:
 * what is not asked for is not listed. Hidden ones (`.thumbnails`) are left out; links are followed inside the folder
 * only, and none in a circle.
 * @throws Error where the folder cannot be read
 */
export async function* walk(root: string): AsyncGenerator<Found> {
  const top = await realpath(root);
  yield* below(root, [top], top);
}

/** @param above real paths of the folder and those above it */
async function* below(folder: string, above: readonly string[], top: string): AsyncGenerator<Found> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const file = path.join(folder, entry.name);
    if (!entry.isSymbolicLink()) {
      if (entry.isFile()) yield { file, astray: false };
      if (entry.isDirectory()) yield* below(file, [...above, path.join(above.at(-1)!, entry.name)], top);
      continue;
    }
    const target = await realpath(file).catch(() => undefined);
    const inside = target !== undefined && `${target}${path.sep}`.startsWith(`${top}${path.sep}`);
    if (!inside) yield { file, astray: true };
    else if ((await stat(target)).isFile()) yield { file, astray: false };
    else if (!above.includes(target)) yield* below(file, [...above, target], top);
  }
}
