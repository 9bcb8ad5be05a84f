import path from 'node:path';
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { ownOf } from '../../host/own.ts';
import { shortPath } from '../../project.ts';
import type { Source, SplitName } from '../items.ts';
import { seeBytes } from '../pictures/look.ts';
import { type ArchiveFile, archiveFiles, archiveSource } from './archive.ts';
import { columnsOf, type ImageColumns, labelText, pictureColumn, withoutPaths } from './parquet-columns.ts';
import { groupIn, type TableOptions } from '../tables/table.ts';
import { splitOfWord } from '../tables/table-splits.ts';

/** Rows of one file that are read together: a row group, or a part of a large one. */
interface Block {
  readonly file: ParquetFile;
  readonly from: number;
  readonly to: number;
}

interface ParquetFile extends ArchiveFile {
  readonly split: SplitName | undefined;
  readonly metadata: FileMetaData;
  readonly columns: ImageColumns;
  read(columns: string[], from: number, to: number): Promise<Record<string, unknown>[]>;
}

/** About how many bytes of pictures a block holds. */
const BLOCK_BYTES = 64 * 2 ** 20;
/** How many blocks are kept: neighbours in time ask for the same one. */
const KEPT = 2;

/**
 * Reads pictures in Parquet files, as in Hugging Face's image data sets: a column of bytes, or of `{ bytes, path }`,
 * and one of labels, whose names stand in the metadata. Several files of a folder are read in the order of their names;
 * `train-…`, `validation-…` and `test-…` are splits. Rows are read in ranges.
 * @param source a file, or a folder of files
 * @throws Error naming the file and what was expected
 */
export async function readParquet(
  source: string,
  { files: names, onFile, signal, ...options }: TableOptions & { readonly files?: readonly string[] } = {},
): Promise<Source> {
  const files: ParquetFile[] = [];
  for (const file of archiveFiles(source, names, 'a Parquet file')) files.push(await openFile(file, options));
  checkSameClasses(files);
  const blocks = files.flatMap(blocksOf);
  const block = keptBlocks(blocks);
  const { classNames } = files[0].columns;
  return archiveSource<readonly [block: number, row: number]>(source, {
    parts: blocks.map(({ file, from, to }, b) => ({
      state: file.state,
      split: file.split,
      async *pictures() {
        const { label, group } = file.columns;
        const labels = await file.read([label, ...(group === undefined ? [] : [group])], from, to);
        for (const [i, row] of labels.entries())
          yield {
            name: `${file.name}#${from + i}`,
            label: labelText(ownOf(row, label), file.columns),
            ...(group !== undefined && groupIn(ownOf(row, group))),
            position: [b, i],
            see: async () => seeBytes((await block(b))[i], '', file.state),
          };
      },
    })),
    total: blocks.reduce((sum, { from, to }) => sum + to - from, 0),
    unlabelled: 'rows without a label',
    bytes: async ([b, row]) => (await block(b))[row],
    classNames: (present) => classNames?.filter((name) => present.has(name)),
    onFile,
    signal,
  });
}

/** @throws Error naming the two files whose labels mean different classes */
function checkSameClasses([first, ...others]: readonly ParquetFile[]): void {
  const namesOf = ({ columns }: ParquetFile): string => (columns.classNames ?? ['no names']).join(', ');
  for (const other of others)
    if (namesOf(other) !== namesOf(first))
      throw new Error(
        `${other.name}: expected the classes of ${first.name} (${namesOf(first)}); got ${namesOf(other)}.`,
      );
}

async function openFile({ name, file, state }: ArchiveFile, options: TableOptions): Promise<ParquetFile> {
  const buffer = await asyncBufferFromFile(file);
  // what the parser says about damaged bytes is for its maintainers; it stays the cause
  const damaged = (what: string, cause: unknown): Error =>
    new Error(`${shortPath(file)}${what}; it is damaged, or of a kind that Graft does not read.`, { cause });
  const metadata = await parquetMetadataAsync(buffer).catch((cause: unknown) => {
    throw damaged(': expected a Parquet file', cause);
  });
  let columns: ImageColumns;
  let read: FileMetaData;
  try {
    columns = columnsOf(metadata, options, shortPath(file));
    for (const { meta_data: of } of metadata.row_groups.flatMap((group) => group.columns))
      if (!Array.isArray(of?.path_in_schema)) throw new Error('a column of a row group has no name');
    read = withoutPaths(metadata, columns.image);
  } catch (error) {
    throw (error as Error).message.startsWith(shortPath(file)) ? error : damaged(': expected a Parquet file', error);
  }
  const word = /^(train|training|test|testing|val|valid|validation|dev)(?=[-_.])/.exec(path.basename(name))?.[1];
  return {
    file,
    name,
    state,
    split: word === undefined ? undefined : splitOfWord(word, name),
    metadata,
    columns,
    async read(wanted, rowStart, rowEnd) {
      try {
        const rows = await parquetReadObjects({
          file: buffer,
          metadata: read,
          columns: wanted,
          rowStart,
          rowEnd,
          compressors,
          utf8: false,
        });
        if (rows.length !== rowEnd - rowStart)
          throw new Error(`expected ${rowEnd - rowStart} rows; got ${rows.length}`);
        return rows;
      } catch (cause) {
        throw damaged(`, rows ${rowStart} to ${rowEnd - 1}: expected ${wanted.join(', ')}`, cause);
      }
    },
  };
}

function blocksOf(file: ParquetFile): Block[] {
  let first = 0;
  return file.metadata.row_groups.flatMap((group) => {
    const rows = Number(group.num_rows);
    const bytes = group.columns
      .filter(({ meta_data: of }) => of?.path_in_schema[0] === file.columns.image)
      .reduce((sum, { meta_data: of }) => sum + Number(of!.total_uncompressed_size), 0);
    const step = Math.max(1, Math.ceil(rows / Math.max(1, Math.ceil(bytes / BLOCK_BYTES))));
    const blocks: Block[] = [];
    for (let from = 0; from < rows; from += step)
      blocks.push({ file, from: first + from, to: first + Math.min(rows, from + step) });
    first += rows;
    return blocks;
  });
}

/** Reads the pictures of a block; the last few blocks stay in memory. */
function keptBlocks(blocks: readonly Block[]): (block: number) => Promise<Uint8Array[]> {
  const kept = new Map<number, Promise<Uint8Array[]>>();
  return (b) => {
    const there = kept.get(b);
    const { file, from, to } = blocks[b];
    const rows =
      there ??
      file
        .read([file.columns.image], from, to)
        .then((all) => all.map((row) => pictureColumn(ownOf(row, file.columns.image))));
    kept.delete(b);
    kept.set(b, rows); // the one used last stays longest
    if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    rows.catch(() => kept.delete(b));
    return rows;
  };
}
