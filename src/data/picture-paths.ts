import path from 'node:path';
import { fileExists } from '../storage/read-file.ts';
import { byCodePoints, isFolder, walkFolder } from '../storage/walk.ts';

/** A picture's path, or why there is none. */
export interface PicturePath {
  readonly file: string;
  readonly error?: string;
}

/** What files in a folder are called that are taken for pictures; those that cannot be read are named later. */
const PICTURE = /\.(jpe?g|jfif|png|webp|avif|gif|tiff?|svg|bmp|hei[cf])$/i;

/**
 * The pictures that are meant by paths, in their order: a file; a folder, with all that end as pictures in it and below
 * it, by name; a pattern like `photos/*.jpg` (picomatch's), where no file has that name.
 * @returns one after the other; what is not there, is empty or leads out of its folder with the reason
 */
export async function* picturePaths(paths: Iterable<string>): AsyncGenerator<PicturePath> {
  const { default: picomatch } = await import('picomatch');
  for (const one of paths) {
    const { base, isGlob } = picomatch.scan(one);
    if (isFolderThere(one)) yield* named(one, one, (file) => PICTURE.test(file), 'in this folder');
    else if (!fileExists(one) && isGlob && isFolderThere(base || '.'))
      yield* named(one, base || '.', picomatch(one.replace(/^\.\//, '')), 'that this pattern names');
    else yield { file: one };
  }
}

const isFolderThere = (place: string): boolean => fileExists(place) && isFolder(place);

function* named(
  asked: string,
  folder: string,
  wanted: (file: string) => boolean,
  where: string,
): Generator<PicturePath> {
  const { files, links, unreadable } = walkFolder(folder);
  const astray = new Set(links);
  const unnamed = unreadable.map((name) => path.join(folder, name)).filter(wanted);
  for (const file of unnamed)
    yield { file, error: `${file}: expected a picture; its name is not in UTF-8, so it cannot be opened. Rename it.` };
  const found = [...files.map((one) => one.path), ...links]
    .sort(byCodePoints)
    .map((name) => ({ file: path.join(folder, name), lost: astray.has(name) }))
    .filter(({ file }) => wanted(file));
  for (const { file, lost } of found) {
    const error = `${file}: expected a picture; it is a link that leads out of its folder, or to nothing.`;
    yield lost ? { file, error } : { file };
  }
  if (!found.length && !unnamed.length)
    yield { file: asked, error: `${asked}: expected pictures ${where}; found none.` };
}
