import path from 'node:path';
import { listed } from '../../text/listed.ts';
import { formatOfName } from '../../pixels/formats/formats.ts';
import { shortPath } from '../../project.ts';
import type { Walk } from '../../storage/files/walk.ts';
import { CLASS_FOLDERS, tableHint } from './split-folders.ts';

/** Usual names for folders of masks; folders of pictures may have any name. */
const MASKS =
  /^(masks?|labels?|annotations?|anns?|ground[-_ ]?truths?|gts?|seg(mentation)?s?|segmentation[-_ ]?(class|object|masks?)|trimaps?|depths?)$/i;
/** At least this share of the smaller folder's files is also in the other one. */
const SHARED = 0.9;

/**
 * Looks for pictures beside their masks, which are not two classes: a folder with a name for masks, and another one
 * with files of the same names.
 * @param top the top folders
 * @throws Error naming both
 */
export function checkPaired(folder: string, walk: Walk, top: readonly string[]): void {
  const stems = new Map(top.map((name) => [name, new Set<string>()]));
  for (const { path: file } of walk.files) {
    const [first, ...rest] = file.split('/');
    if (rest.length && formatOfName(file)) stems.get(first)?.add(stemOf(rest.join('/')));
  }
  for (const masks of top.filter((name) => MASKS.test(name)))
    for (const pictures of top) {
      const [own, others] = [stems.get(masks)!, stems.get(pictures)!];
      const least = Math.min(own.size, others.size);
      const shared = [...own].filter((stem) => others.has(stem)).length;
      if (pictures === masks || !least || shared < SHARED * least) continue;
      throw new Error(
        `${shortPath(folder)}: expected a folder for each class (class/picture.jpg); got ${listed([pictures, masks])}, which hold ` +
          `files of the same names, as pictures and their masks do.${tableHint(folder, walk)} ${CLASS_FOLDERS}`,
      );
    }
}

/** Gives a file's name without its ending, and without what says that it is a mask. */
const stemOf = (file: string): string =>
  file.slice(0, file.length - path.posix.extname(file).length).replace(/[-_ ](mask|gt|seg|label)s?$/i, '');
