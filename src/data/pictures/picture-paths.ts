import path from 'node:path';
import { formatOfName } from '../../pixels/formats/formats.ts';
import { pictureHeader, START } from '../../pixels/formats/picture-header.ts';
import { fileExists, isFolder, readIfWanted } from '../../storage/files/read-file.ts';
import { byCodePoints, type Walk, walkFolder } from '../../storage/files/walk.ts';

/** A picture's path, or why there is none. */
export interface PicturePath {
  readonly file: string;
  readonly error?: string;
}

export interface PicturePathsOptions {
  /** Called for each file of a folder that is not a picture and is not named as one. */
  readonly onOther?: (file: string) => void;
}

/**
 * Lists the pictures that paths stand for, in their order: a file; a folder, with all pictures in it and below it, by
 * name; a pattern like `photos/*.jpg` (picomatch's), if no file has that name. A file's first bytes say whether it is a
 * picture, as when a folder is trained on; files that are named as pictures are also listed, so that it is said why
 * they are not.
 * @returns one after the other; what is not there, is empty or leads out of its folder with the reason
 * @example
 * for await (const { file } of picturePaths(['photos'])) console.log(file);
 */
export async function* picturePaths(
  paths: Iterable<string>,
  { onOther }: PicturePathsOptions = {},
): AsyncGenerator<PicturePath> {
  const { default: picomatch } = await import('picomatch');
  for (const one of paths) {
    if (isFolder(one)) {
      yield* inFolder(one, onOther);
      continue;
    }
    const pattern = fileExists(one) ? undefined : patternOf(one, (part) => picomatch.scan(part, PLAIN).isGlob);
    if (!pattern) {
      yield { file: one };
      continue;
    }
    const { base, rest } = pattern;
    // parentheses may be part of a name: `photo (*).jpg`
    const matches = [rest, rest.replaceAll(/[()]/g, '\\$&')].map((text) => picomatch(text, PLAIN));
    const depth = rest.includes('**') ? Infinity : rest.split('/').length;
    const found = filesOf(walkFolder(base || '.', { depth })).filter(({ name }) => matches.some((is) => is(name)));
    for (const { name, why } of found) yield pathOf(path.join(base, name), why);
    if (!found.length) yield none(one, 'that this pattern names');
  }
}

/** A name that begins with an exclamation mark is a plain name. */
const PLAIN = { nonegate: true };

/** Finds the existing folders that a pattern begins with, and what files in them must match. */
function patternOf(
  text: string,
  isGlob: (part: string) => boolean,
): { readonly base: string; readonly rest: string } | undefined {
  const parts = text
    .replace(/\/{2,}/g, '/')
    .replace(/^(\.\/)+/, '')
    .split('/');
  let base = 0;
  while (base < parts.length - 1 && isFolder(parts.slice(0, base + 1).join('/') || '/')) base++;
  if (!isGlob(parts[base])) return undefined;
  const folders = parts.slice(0, base);
  return { base: folders.join('/') || (folders.length ? '/' : ''), rest: parts.slice(base).join('/') };
}

async function* inFolder(folder: string, onOther: PicturePathsOptions['onOther']): AsyncGenerator<PicturePath> {
  let some = false;
  for (const { name, why } of filesOf(walkFolder(folder))) {
    const file = path.join(folder, name);
    if (why ? formatOfName(name) : await isPicture(file)) {
      some = true;
      yield pathOf(file, why);
    } else onOther?.(file);
  }
  if (!some) yield none(folder, 'in this folder');
}

/** Whether a file is a picture; one that cannot be read counts as what its name says. */
async function isPicture(file: string): Promise<boolean> {
  if (formatOfName(file)) return true;
  const start = await readIfWanted(file, START, () => false).catch(() => undefined);
  return start !== undefined && pictureHeader(start, file) !== undefined;
}

/** Lists files by name, and says why some of them cannot be opened. */
function filesOf({ files, links, unreadable }: Walk): { readonly name: string; readonly why?: string }[] {
  const whys = new Map([
    ...links.map((name) => [name, 'it is a link that leads out of its folder, or to nothing'] as const),
    ...unreadable.map((name) => [name, 'its name is not in UTF-8, so it cannot be opened; rename it'] as const),
  ]);
  return [...files.map((one) => one.path), ...whys.keys()]
    .sort(byCodePoints)
    .map((name) => ({ name, why: whys.get(name) }));
}

const pathOf = (file: string, why: string | undefined): PicturePath =>
  why ? { file, error: `${file}: expected a picture; ${why}.` } : { file };

const none = (asked: string, where: string): PicturePath => ({
  file: asked,
  error: `${asked}: expected pictures ${where}; found none.`,
});
