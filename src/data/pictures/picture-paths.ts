import path from 'node:path';
import { formatOfName, pictureHeader, START } from '../../pixels/formats/picture-header.ts';
import { fileExists, readIfWanted } from '../../storage/files/read-file.ts';
import { byCodePoints, isFolder, type Walk, walkFolder } from '../../storage/files/walk.ts';

/** A picture's path, or why there is none. */
export interface PicturePath {
  readonly file: string;
  readonly error?: string;
}

export interface PicturePathsOptions {
  /** Called for each file of a folder that is no picture and is not named as one. */
  readonly onOther?: (file: string) => void;
}

/**
 * Lists the pictures that are meant by paths, in their order: a file; a folder, with all pictures in it and below it, by
 * name; a pattern like `photos/*.jpg` (picomatch's), where no file has that name. What a picture is its first bytes say,
 * as where a folder is trained on; files that are named as pictures are among them, so that it is told why they are none.
 * @returns one after the other; what is not there, is empty or leads out of its folder with the reason
 */
export async function* picturePaths(
  paths: Iterable<string>,
  { onOther }: PicturePathsOptions = {},
): AsyncGenerator<PicturePath> {
  const { default: picomatch } = await import('picomatch');
  for (const one of paths) {
    if (isFolderThere(one)) {
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

/** A name that begins with an exclamation mark is a name. */
const PLAIN = { nonegate: true };

const isFolderThere = (file: string): boolean => fileExists(file) && isFolder(file);

/** The folders that a pattern begins with, which are there, and what files in them have to match. */
function patternOf(
  text: string,
  isGlob: (part: string) => boolean,
): { readonly base: string; readonly rest: string } | undefined {
  const parts = text
    .replace(/\/{2,}/g, '/')
    .replace(/^(\.\/)+/, '')
    .split('/');
  let base = 0;
  while (base < parts.length - 1 && isFolderThere(parts.slice(0, base + 1).join('/') || '/')) base++;
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

/** Files that cannot be read count as what they are named. */
async function isPicture(file: string): Promise<boolean> {
  if (formatOfName(file)) return true;
  const start = await readIfWanted(file, START, () => false).catch(() => undefined);
  return start !== undefined && pictureHeader(start, file) !== undefined;
}

/** Files by name, and why one of them cannot be opened. */
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
