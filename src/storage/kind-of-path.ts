import { stat } from 'node:fs/promises';

/** What a path leads to; undefined where nothing is there. */
export async function kindOfPath(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}
