import path from 'node:path';
import { listed } from '../../text/listed.ts';
import { shortPath } from '../../project.ts';
import {
  isSame,
  isSettled,
  type KnownFile,
  readIndex,
  withFormerProblem,
  writeIndex,
} from '../pictures/picture-index.ts';
import { openRanges, type Ranges, textIfThere } from '../../storage/files/read-file.ts';
import { type TarEntry, tarIndex } from '../../storage/files/tar-index.ts';
import { byCodePoints, type FileState, stateInside } from '../../storage/files/walk.ts';
import { type Finding, finding } from '../pictures/findings.ts';
import type { Item, Source, SplitName } from '../items.ts';
import { BYTE_LIMIT, lateNotes, type LookOptions, NOTHING, seeBytes } from '../pictures/look.ts';
import { splitOfWord } from '../tables/table-splits.ts';
import { LABEL_BYTES, labelOf, type Sample, samplesOf } from './webdataset-samples.ts';

interface Shard {
  readonly name: string;
  readonly file: string;
  readonly state: FileState;
  readonly split: SplitName | undefined;
  readonly samples: readonly Sample[];
}

/**
 * Pictures in tar archives, as webdataset writes them: `key.jpg` with `key.cls` or `key.json`. Several archives of a
 * folder are read in the order of their names; `train-000.tar`, `val-000.tar`, `test/000.tar` and the like are splits.
 * Nothing is unpacked: files are read where they lie in the archive. `classnames.txt` or `classes.txt` beside them names
 * numbers, one name a line.
 * @param source a file, or a folder of files
 * @throws Error naming the archive and what was expected
 */
export async function readWebdataset(
  source: string,
  { files: names, onFile, signal }: LookOptions & { readonly files?: readonly string[] } = {},
): Promise<Source> {
  const root = names ? source : path.dirname(source);
  const findings: Finding[] = [];
  const shards = [...(names ?? [path.basename(source)])]
    .sort(byCodePoints)
    .map((name) => openShard(root, name, findings));
  const classNames = classNamesIn(root);
  const total = shards.reduce((sum, { samples }) => sum + samples.length, 0);
  if (!total) throw new Error(`${shortPath(source)}: expected pictures with labels (key.jpg, key.cls); got none.`);
  const index = readIndex(source);
  const [items, known, positions]: [Item[], KnownFile[], [file: string, entry: TarEntry][]] = [[], [], []];
  const unlabelled: string[] = [];
  let [done, found, changed] = [0, 0, false];
  for (const { file, name: shard, state, split, samples } of shards) {
    const settled = isSettled(state);
    const ranges = await openRanges(file);
    try {
      for (const { picture, cls, json } of samples) {
        signal?.throwIfAborted();
        const name = `${shard}#${picture.name}`;
        const small = (entry: TarEntry | undefined): Promise<Uint8Array> | undefined =>
          entry && entry.size <= LABEL_BYTES ? ranges.read(entry.start, entry.size) : undefined;
        const label = namedLabel(name, await small(cls), await small(json), classNames);
        const before = index.get(name);
        const seen = before && isSame(before, state) ? before : undefined;
        const facts = seen ?? withFormerProblem(await look(picture, ranges, state), before);
        if (seen) found++;
        else if (settled) changed = Boolean(index.set(name, facts));
        onFile?.(++done, found, total);
        if (label === undefined) unlabelled.push(name);
        else {
          items.push({ name, label, split });
          known.push(facts);
          positions.push([file, picture]);
        }
      }
    } finally {
      await ranges.close();
    }
  }
  if (changed) writeIndex(source, index);
  if (!items.length) throw noLabels(shortPath(source), shards, unlabelled);
  if (unlabelled.length) findings.push(finding('pictures without a label', 'warning', unlabelled, 'Left out.'));
  const present = new Set(items.map(({ label }) => label));
  const numbers = items.every(({ label }) => /^\d{1,9}$/.test(label));
  return {
    name: shortPath(source),
    items,
    known,
    findings,
    ...(classNames && !numbers && { classNames: namesInOrder(classNames, present) }),
    numbers,
    inOrder: true,
    async bytes(i) {
      const [file, { start, size }] = positions[i];
      const ranges = await openRanges(file);
      return ranges.read(start, size).finally(() => ranges.close());
    },
    ...lateNotes(source, known, (i) => items[i].name),
  };
}

async function look({ name, start, size }: TarEntry, ranges: Ranges, state: FileState): Promise<KnownFile> {
  if (size <= BYTE_LIMIT) return seeBytes(await ranges.read(start, size), name, state);
  return { ...state, ...NOTHING, problem: `too large: ${size} bytes` };
}

function openShard(root: string, name: string, findings: Finding[]): Shard {
  const file = path.join(root, name);
  const state = stateInside(file, root);
  if (typeof state !== 'object') throw new Error(`${shortPath(file)}: expected a tar archive; it is ${state}.`);
  const { entries, refused } = tarIndex(file);
  const { samples, more } = samplesOf(entries);
  const at = (one: string): string => `${name}#${one}`;
  if (refused.length)
    findings.push(finding('links and names that lead elsewhere', 'warning', refused.map(at), 'Not read.'));
  if (more.length) findings.push(finding('a second picture of a key', 'warning', more.map(at), 'Left out.'));
  const word = SPLIT.exec(name)?.[1];
  return { name, file, state, split: word === undefined ? undefined : splitOfWord(word, name), samples };
}

/** Says why no picture has a label: they lie in class folders, or their names have more dots than webdataset reads. */
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

/** In an archive's name, or its folder's: `train-000.tar`, `imagenet-val-000.tar`, `test/000.tar`. */
const SPLIT = /(?:^|[-_./])(train|training|test|testing|val|valid|validation|dev)(?=[-_./])/i;

function namedLabel(name: string, ...rest: Parameters<typeof labelOf>): string | undefined {
  try {
    return labelOf(...rest);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}.`, { cause: error });
  }
}

/** Names of the classes 0, 1 …, one a line; undefined where there is no such file. */
function classNamesIn(root: string): readonly string[] | undefined {
  const text = textIfThere(path.join(root, 'classnames.txt')) ?? textIfThere(path.join(root, 'classes.txt'));
  return text
    ?.trim()
    .split(/\r?\n/)
    .map((line) => line.trim());
}

/** In the order of their numbers; names that no number has come last. */
const namesInOrder = (classNames: readonly string[], present: ReadonlySet<string>): string[] => [
  ...new Set(classNames.filter((name) => present.has(name))),
  ...[...present].filter((name) => !classNames.includes(name)).sort(byCodePoints),
];
