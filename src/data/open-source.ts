import { shortPath } from '../project.ts';
import { isFolder } from '../storage/walk.ts';
import { readFolder } from './folder.ts';
import type { Source } from './items.ts';
import { parquetFilesIn, readParquet } from './parquet.ts';
import { readTable, type TableOptions } from './table.ts';

/**
 * Opens pictures wherever people keep them: a folder, a table (CSV, TSV), or Parquet, one file or a folder of them.
 * @throws Error saying what was expected
 */
export function openSource(source: string, options: TableOptions): Promise<Source> {
  if (isFolder(source)) {
    const files = parquetFilesIn(source);
    return files.length ? readParquet(source, { ...options, files }) : readFolder(source, options);
  }
  if (source.endsWith('.parquet')) return readParquet(source, options);
  if (/\.(csv|tsv|tab|txt)$/i.test(source)) return readTable(source, options);
  throw new Error(`${shortPath(source)}: expected a folder of pictures, a table (.csv, .tsv), or Parquet (.parquet).`);
}
