import path from 'node:path';
import { shortPath } from '../project.ts';
import { formatOfName } from '../pixels/formats/picture-header.ts';
import { bringFolder, type BringOptions } from '../storage/places/bring-folder.ts';
import { isUri } from '../storage/places/place.ts';
import { isFolder, walkFolder } from '../storage/files/walk.ts';
import { finding } from './pictures/findings.ts';
import { type FolderOptions, readFolder } from './folders/folder.ts';
import type { Source } from './items.ts';
import { readParquet } from './archives/parquet.ts';
import { readTable, type TableOptions } from './tables/table.ts';
import { readWebdataset } from './archives/webdataset.ts';

/** What each kind of source takes. */
export type SourceOptions = TableOptions & FolderOptions;

/**
 * Opens pictures wherever people keep them: a folder, a table (CSV, TSV), Parquet or a webdataset
 * (tar), one file or a folder of them.
 * @param source a path or `s3://…`; what lies there is brought here first, whole and once
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

/** A key in one line, without what cannot be seen. */
const shown = (key: string): string => JSON.stringify(key.length > 80 ? `${key.slice(0, 77)}…` : key);

function openHere(source: string, options: SourceOptions): Promise<Source> {
  if (isFolder(source)) {
    const { parquet, tar } = archivesIn(source);
    if (parquet.length) return readParquet(source, { ...options, files: parquet });
    if (tar.length) return readWebdataset(source, { ...options, files: tar });
    return readFolder(source, options);
  }
  if (source.endsWith('.parquet')) return readParquet(source, options);
  if (source.endsWith('.tar')) return readWebdataset(source, options);
  if (/\.(csv|tsv|tab|txt)$/i.test(source)) return readTable(source, options);
  throw new Error(
    `${shortPath(source)}: expected a folder of pictures, a table (.csv, .tsv), Parquet (.parquet), or a webdataset (.tar).`,
  );
}

/**
 * Files in a folder that hold pictures in their turn.
 * @throws Error where there are others beside them, of which it is not clear which are meant
 */
function archivesIn(folder: string): { readonly parquet: readonly string[]; readonly tar: readonly string[] } {
  const names = walkFolder(folder).files.map((file) => file.path);
  const [parquet, tar] = ['.parquet', '.tar'].map((ending) => names.filter((name) => name.endsWith(ending)));
  const [first = ''] = [...parquet, ...tar];
  const beside = first ? names.filter((name) => formatOfName(name)).length : 0;
  if (beside || (parquet.length && tar.length))
    throw new Error(
      `${shortPath(folder)}: expected ${parquet.length ? 'Parquet files' : 'tar archives'} or pictures; got both: ${first} and ` +
        `${beside ? `${beside} pictures` : tar[0]}. Name the one that is meant.`,
    );
  return { parquet, tar };
}

/** @returns the folder here, or the one file in it that was named */
async function bringPictures(
  uri: string,
  { onFile, onOdd, signal }: SourceOptions & Pick<BringOptions, 'onOdd'>,
): Promise<string> {
  const [, place, file] = /^(.*)\/([^/]+\.(?:parquet|tar|csv|tsv|tab|txt))$/i.exec(uri) ?? [];
  if (file === undefined) return bringFolder(uri, { onFile, onOdd, signal });
  // a table's pictures lie around it, the names of numbers beside an archive
  const alone = /\.(parquet|tar)$/i.test(file);
  const wanted = (name: string): boolean => !alone || name === file || /^(classnames|classes)\.txt$/.test(name);
  return path.join(await bringFolder(place, { wanted, onFile, onOdd, signal }), file);
}
