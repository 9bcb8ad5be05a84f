import path from 'node:path';
import { ownOf } from '../host/own.ts';
import { shortPath } from '../project.ts';
import { formatOfName } from '../pixels/formats/formats.ts';
import { bringFolder, type BringOptions } from '../storage/places/bring-folder.ts';
import { isUri } from '../storage/places/place.ts';
import { isFolderOrGone, walkFolder } from '../storage/files/walk.ts';
import { finding } from './pictures/findings.ts';
import { type FolderOptions, readFolder } from './folders/folder.ts';
import type { Source } from './items.ts';
import { readParquet } from './archives/parquet.ts';
import { readTable, type TableOptions } from './tables/table.ts';
import { readWebdataset } from './archives/webdataset.ts';

/** The options of each kind of source. */
export type SourceOptions = TableOptions & FolderOptions;

/**
 * Opens pictures wherever people keep them: a folder, a table (CSV, TSV), Parquet or a webdataset (tar), one file or a
 * folder of them.
 * @param source a path or `s3://…`; what lies there is first brought here, whole and once
 * @throws Error saying what was expected
 */
export async function openSource(source: string, options: SourceOptions): Promise<Source> {
  if (!isUri(source)) return openHere(source, options);
  const odd: string[] = [];
  const onOdd = (names: readonly string[]): void => void odd.push(...names);
  const opened = await openHere(await bringPictures(source, { ...options, onOdd }), options);
  const left = finding('keys that no folder can have', 'warning', odd.map(shown), 'Left out.');
  return { ...opened, name: source, findings: odd.length ? [left, ...opened.findings] : opened.findings };
}

/** Writes a key in one line, without what cannot be seen. */
const shown = (key: string): string => JSON.stringify(key.length > 80 ? `${key.slice(0, 77)}…` : key);

type Reader = (source: string, options: SourceOptions & { readonly files?: readonly string[] }) => Promise<Source>;

/** Files that hold many pictures, by their endings; a folder may hold several of one kind. */
const ARCHIVES: Readonly<Record<string, { readonly what: string; readonly read: Reader }>> = {
  '.parquet': { what: 'Parquet files', read: readParquet },
  '.tar': { what: 'tar archives', read: readWebdataset },
};
const TABLES = ['.csv', '.tsv', '.tab', '.txt'];

const endingOf = (name: string): string => path.extname(name).toLowerCase();
const archiveKind = (name: string) => ownOf(ARCHIVES, endingOf(name));

function openHere(source: string, options: SourceOptions): Promise<Source> {
  if (isFolderOrGone(source)) {
    const files = archivesIn(source);
    return files.length ? archiveKind(files[0])!.read(source, { ...options, files }) : readFolder(source, options);
  }
  const archive = archiveKind(source);
  if (archive) return archive.read(source, options);
  if (TABLES.includes(endingOf(source))) return readTable(source, options);
  throw new Error(
    `${shortPath(source)}: expected a folder of pictures, a table (.csv, .tsv), Parquet (.parquet), or a webdataset (.tar).`,
  );
}

/**
 * Lists the files in a folder that hold many pictures each, all of one kind.
 * @throws Error if there are others beside them, so that it is not clear which are meant
 */
function archivesIn(folder: string): readonly string[] {
  const names = walkFolder(folder).files.map((file) => file.path);
  const kinds = Object.keys(ARCHIVES)
    .map((ending) => names.filter((name) => endingOf(name) === ending))
    .filter((some) => some.length);
  const [archives = [], others = []] = kinds;
  const beside = archives.length ? names.filter((name) => formatOfName(name)).length : 0;
  if (beside || others.length)
    throw new Error(
      `${shortPath(folder)}: expected ${archiveKind(archives[0])!.what} or pictures; got both: ${archives[0]} and ` +
        `${beside ? `${beside} pictures` : others[0]}. Name the one that is meant.`,
    );
  return archives;
}

/** @returns the folder here, or the one file in it that was named */
async function bringPictures(
  uri: string,
  { onFile, onOdd, signal }: SourceOptions & Pick<BringOptions, 'onOdd'>,
): Promise<string> {
  const [, place, file] = /^(.*)\/([^/]+)$/.exec(uri) ?? [];
  const alone = file !== undefined && archiveKind(file) !== undefined;
  if (file === undefined || !(alone || TABLES.includes(endingOf(file))))
    return bringFolder(uri, { onFile, onOdd, signal });
  // a table's pictures lie around it, the names of numbers beside an archive
  const wanted = (name: string): boolean => !alone || name === file || /^(classnames|classes)\.txt$/.test(name);
  return path.join(await bringFolder(place, { wanted, onFile, onOdd, signal }), file);
}
