import path from 'node:path';
import { shortPath } from '../project.ts';
import { isFolder } from '../storage/files/read-file.ts';
import { listFolder } from '../storage/files/sealed-json.ts';
import { unzip } from '../storage/files/unzip.ts';

/** Whether a place is that of a ZIP. */
export const isZipped = (place: string): boolean => /\.zip$/i.test(place) && !isFolder(place);

/**
 * Unpacks a ZIP that holds a classifier, without the pictures that a teaching page keeps in it. The folder stays until
 * this process ends, since a backbone's weights may lie in it.
 * @param use gets the folder in which classifier.json should be
 * @throws Error naming the ZIP, not the folder that nobody has seen
 */
export async function withUnzipped<T>(archive: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await unzip(archive, { wanted: (name) => !/(^|\/)(pictures|__MACOSX)\//.test(name) });
  process.once('exit', () => folder.remove());
  try {
    return await use(inner(folder.path));
  } catch (cause) {
    if (cause instanceof Error)
      cause.message = cause.message.replaceAll(shortPath(inner(folder.path)), shortPath(archive));
    throw cause;
  }
}

/** Gives the only folder of a folder that holds nothing else: so it is if somebody packed the folder itself. */
function inner(folder: string): string {
  const names = listFolder(folder);
  const only = path.join(folder, names[0] ?? '');
  return names.length === 1 && isFolder(only) ? only : folder;
}
