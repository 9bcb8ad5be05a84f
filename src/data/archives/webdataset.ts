import path from 'node:path';
import { listed } from '../../text/listed.ts';
import { shortPath } from '../../project.ts';
import { openRanges, type RangeReader, textIfThere } from '../../storage/files/read-file.ts';
import { type TarEntry, tarIndex } from '../../storage/files/tar-index.ts';
import { byCodePoints, type FileState } from '../../storage/files/walk.ts';
import { type Finding, finding } from '../pictures/findings.ts';
import type { Source, SplitName } from '../items.ts';
import { groupIn, type TableOptions } from '../tables/table.ts';
import { BYTE_LIMIT, type LookOptions, NOTHING, seeBytes } from '../pictures/look.ts';
import type { KnownFile } from '../pictures/picture-index.ts';
import { splitOfWord } from '../tables/table-splits.ts';
import { type ArchivedPicture, type ArchiveFile, archiveFiles, archiveSource, rootOf } from './archive.ts';
import { LABEL_BYTES, labelOf, type TarSample, samplesOf, sampleField } from './webdataset-samples.ts';

interface Shard extends ArchiveFile {
  readonly split: SplitName | undefined;
  readonly samples: readonly TarSample[];
}

/**
 * Reads pictures in tar archives, as webdataset writes them: `key.jpg` with `key.cls` or `key.json`. Several archives
 * of a folder are read in the order of their names; `train-000.tar`, `val-000.tar`, `test/000.tar` and the like are
 * splits. Nothing is unpacked: files are read where they lie in the archive. `classnames.txt` or `classes.txt` beside
 * them names numbers, one name a line.
 * @param source a file, or a folder of files
 * @throws Error naming the archive and what was expected
 */
export async function readWebdataset(
  source: string,
  {
    files: names,
    groups,
    onFile,
    signal,
  }: LookOptions & Pick<TableOptions, 'groups'> & { readonly files?: readonly string[] } = {},
): Promise<Source> {
  const findings: Finding[] = [];
  const shards = archiveFiles(source, names, 'a tar archive').map((file) => openShard(file, findings));
  const classNames = classNamesIn(rootOf(source, names));
  const total = shards.reduce((sum, { samples }) => sum + samples.length, 0);
  if (!total) throw new Error(`${shortPath(source)}: expected pictures with labels (key.jpg, key.cls); got none.`);
  return archiveSource<readonly [file: string, entry: TarEntry]>(source, {
    parts: shards.map((shard) => ({ ...shard, pictures: () => picturesIn(shard, classNames, groups) })),
    total,
    unlabelled: 'pictures without a label',
    findings,
    async bytes([file, { start, size }]) {
      const ranges = await openRanges(file);
      return ranges.read(start, size).finally(() => ranges.close());
    },
    noLabels: (pictures) => noLabels(shortPath(source), shards, pictures),
    classNames: (present, numbers) => (classNames && !numbers ? namesInOrder(classNames, present) : undefined),
    onFile,
    signal,
  });
}

async function* picturesIn(
  { name: shard, file, state, samples }: Shard,
  classNames: readonly string[] | undefined,
  group: string | undefined,
): AsyncGenerator<ArchivedPicture<readonly [file: string, entry: TarEntry]>> {
  const ranges = await openRanges(file);
  const small = (entry: TarEntry | undefined): Promise<Uint8Array> | undefined =>
    entry && entry.size <= LABEL_BYTES ? ranges.read(entry.start, entry.size) : undefined;
  try {
    for (const { picture, cls, json } of samples) {
      const name = `${shard}#${picture.name}`;
      const facts = await small(json);
      const label = namedLabel(name, await small(cls), facts, classNames);
      const own = group === undefined ? {} : groupIn(sampleField(facts, group));
      yield { name, label, ...own, position: [file, picture], see: () => look(picture, ranges, state) };
    }
  } finally {
    await ranges.close();
  }
}

async function look({ name, start, size }: TarEntry, ranges: RangeReader, state: FileState): Promise<KnownFile> {
  if (size <= BYTE_LIMIT) return seeBytes(await ranges.read(start, size), name, state);
  return { ...state, ...NOTHING, problem: `too large: ${size} bytes` };
}

function openShard({ name, file, state }: ArchiveFile, findings: Finding[]): Shard {
  const { entries, refused } = tarIndex(file);
  const { samples, more } = samplesOf(entries);
  const at = (one: string): string => `${name}#${one}`;
  if (refused.length)
    findings.push(finding('links and names that lead elsewhere', 'warning', refused.map(at), 'Not read.'));
  if (more.length) findings.push(finding('a second picture of a key', 'warning', more.map(at), 'Left out.'));
  const word = SPLIT.exec(name)?.[1];
  return { name, file, state, split: word === undefined ? undefined : splitOfWord(word, name), samples };
}

/**
 * Says why no picture has a label: pictures lie in class folders, or their names have more dots than webdataset reads.
 */
function noLabels(name: string, shards: readonly Shard[], pictures: readonly string[]): Error {
  const expected = `${name}: expected labels beside the pictures (key.jpg with key.cls or key.json); got none`;
  const [first = ''] = pictures.map((one) => one.slice(one.indexOf('#') + 1));
  const [dotted] = shards.flatMap(({ samples }) => samples).filter(({ picture }) => /\.[^/.]+\./.test(picture.name));
  if (dotted) {
    const file = path.posix.basename(dotted.picture.name);
    return new Error(
      `${expected}. Names count up to their first dot, as webdataset reads them: ${file} is "${file.split('.')[0]}". ` +
        'Write them without other dots.',
    );
  }
  const folders = [...new Set(pictures.map((one) => path.posix.dirname(one.slice(one.indexOf('#') + 1))))];
  if (folders.length > 1)
    return new Error(
      `${expected}. They lie in folders (${listed(folders, 4, 3)}): if those are the classes, unpack it, and name the folder.`,
    );
  return new Error(`${expected}: ${first}.`);
}

/** A split in the name of an archive or its folder: `train-000.tar`, `imagenet-val-000.tar`, `test/000.tar`. */
const SPLIT = /(?:^|[-_./])(train|training|test|testing|val|valid|validation|dev)(?=[-_./])/i;

function namedLabel(name: string, ...rest: Parameters<typeof labelOf>): string | undefined {
  try {
    return labelOf(...rest);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}.`, { cause: error });
  }
}

/** Reads the names of the classes 0, 1 …, one a line; undefined if there is no such file. */
function classNamesIn(root: string): readonly string[] | undefined {
  const text = textIfThere(path.join(root, 'classnames.txt')) ?? textIfThere(path.join(root, 'classes.txt'));
  return text
    ?.trim()
    .split(/\r?\n/)
    .map((line) => line.trim());
}

/** Puts names in the order of their numbers; names without a number come last. */
const namesInOrder = (classNames: readonly string[], present: ReadonlySet<string>): string[] => [
  ...new Set(classNames.filter((name) => present.has(name))),
  ...[...present].filter((name) => !classNames.includes(name)).sort(byCodePoints),
];
