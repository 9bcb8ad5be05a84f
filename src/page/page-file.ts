import { shortPath } from '../project.ts';
import { isFolder } from '../storage/files/read-file.ts';
import { isUri } from '../storage/places/place.ts';

/** Checks that a page can be written to a file. @param by the function's name, for errors */
export function checkPageFile(by: string, file: string): void {
  if (!/\.html?$/i.test(file)) throw new RangeError(`${by}: expected a file that ends in .html; got "${file}".`);
  if (isUri(file)) throw new RangeError(`${by}: expected a file on this machine; got ${file}.`);
  if (isFolder(file)) throw new RangeError(`${by}: expected a file; ${shortPath(file)} is a folder.`);
}
