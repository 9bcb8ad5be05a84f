import path from 'node:path';
import { listed } from '../host/listed.ts';
import { ownOf } from '../host/own.ts';
import { shortPath } from '../project.ts';
import { readBytes } from '../storage/read-file.ts';
import { byCodePoints, type FoundFile, type Walk, walkFolder } from '../storage/walk.ts';
import { formatOfName } from '../pixels/picture-header.ts';
import { type Finding, finding } from './findings.ts';
import type { Item, Source, SplitName } from './items.ts';
import { lateNotes, lookAtFiles, type LookOptions } from './look.ts';

const SPLIT_FOLDERS: Readonly<Record<string, SplitName>> = {
  train: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
};

/**
 * Pictures in folders, one folder a class: `class/**` or `train/class/**` with `val`, `valid`, `validation` or `test`
 * beside it. Classes and files come in the order of Keras' `image_dataset_from_directory` and torchvision's
 * `ImageFolder`.
 * @throws Error naming the folder and what was expected in it
 */
export async function readFolder(folder: string, options: LookOptions = {}): Promise<Source> {
  const walk = walkFolder(folder);
  const { files, labels, splits, findings } = layOut(folder, walk);
  const known = await lookAtFiles(
    folder,
    files.map(({ path: name, ...state }) => ({ name, file: path.join(folder, name), ...state })),
    options,
  );
  const items = files.map(({ path: name }, i): Item => ({ name, label: labels[i], split: splits[i] }));
  return {
    name: shortPath(folder),
    items,
    known,
    findings,
    bytes: (i) => readBytes(path.join(folder, items[i].name)),
    ...lateNotes(folder, known, (i) => items[i].name),
  };
}

interface Layout {
  readonly files: FoundFile[];
  readonly labels: string[];
  readonly splits: (SplitName | undefined)[];
  readonly findings: Finding[];
}

function layOut(folder: string, walk: Walk): Layout {
  const top = walk.folders.filter((name) => !name.includes('/'));
  const findings: Finding[] = [];
  const note = (what: string, level: Finding['level'], names: readonly string[], advice: string): void => {
    if (names.length) findings.push(finding(what, level, names, advice));
  };
  note('hidden', 'note', walk.hidden, 'Not looked at.');
  note('links not followed', 'warning', walk.links, 'They lead out of the folder, in a circle or to nothing.');
  note('names that are not in UTF-8', 'warning', walk.unreadable, 'Left out: rename them (convmv does it).');
  const loose = pictures(walk, (name) => !name.includes('/'));
  const noteLoose = (): void => note('in no class folder', 'warning', loose, 'Left out: they have no label.');
  const splits = splitFolders(top, walk);
  if (!splits) {
    checkNoSplits(folder, top, walk);
    noteLoose();
    const part = inClasses(folder, walk, top, '', undefined);
    note('class folders without files', 'warning', emptyOf(top, part.files), 'Left out.');
    return { ...part, findings };
  }
  const others = top.filter((name) => !splits.some(([own]) => own === name));
  note('folders beside the splits', 'warning', others, 'Left out.');
  noteLoose();
  const layout: Layout = { files: [], labels: [], splits: [], findings };
  for (const [name, split] of splits) {
    const classes = childrenOf(walk, name);
    const inside = pictures(walk, (file) => file.startsWith(`${name}/`) && !file.slice(name.length + 1).includes('/'));
    note(`in no class folder of ${name}`, 'warning', inside, 'Left out: they have no label.');
    const part = inClasses(folder, walk, classes, `${name}/`, split);
    note('class folders without files', 'warning', emptyOf(classes, part.files), 'Left out.');
    for (const [i, file] of part.files.entries()) {
      layout.files.push(file);
      layout.labels.push(part.labels[i]);
      layout.splits.push(split);
    }
  }
  return layout;
}

/** Folders that are splits: `train` and one beside it at least, that hold class folders. */
function splitFolders(top: readonly string[], walk: Walk): (readonly [name: string, split: SplitName])[] | undefined {
  const named = top.flatMap((name) => {
    const split = ownOf(SPLIT_FOLDERS, name.toLowerCase());
    return split && childrenOf(walk, name).length ? [[name, split] as const] : [];
  });
  const has = (split: SplitName): boolean => named.some(([, own]) => own === split);
  return has('train') && (has('validation') || has('test')) ? named : undefined;
}

/** Folders that are named as splits and hold the same folders are no classes. @throws Error saying what they should be called */
function checkNoSplits(folder: string, top: readonly string[], walk: Walk): void {
  const named = top.filter((name) => SPLIT_NAME.test(name));
  const inner = named.map((name) => childrenOf(walk, name).map((child) => path.posix.basename(child)));
  const shared = inner.length ? inner[0].filter((name) => inner.every((names) => names.includes(name))) : [];
  if (named.length < 2 || shared.length < 2) return;
  throw new Error(
    `${shortPath(folder)}: expected train with val, valid, validation or test beside it; got ${listed(named)}, each with ` +
      `${listed(shared, 4, 3)}. Call what is to be trained on train, and what is to be tested on test.`,
  );
}

const SPLIT_NAME = /^(train(ing)?|val(id|idation)?|test(ing)?|dev|eval(uation)?)$/i;

const emptyOf = (classes: readonly string[], files: readonly FoundFile[]): string[] => {
  const full = new Set(files.map((file) => file.path.split('/').slice(0, classes[0].split('/').length).join('/')));
  return classes.filter((name) => !full.has(name));
};

const childrenOf = (walk: Walk, name: string): string[] =>
  walk.folders.filter((child) => child.startsWith(`${name}/`) && !child.slice(name.length + 1).includes('/'));

/** Files whose names promise pictures. */
const pictures = ({ files }: Walk, where: (name: string) => boolean): string[] =>
  files.map((file) => file.path).filter((name) => where(name) && formatOfName(name));

function inClasses(
  folder: string,
  walk: Walk,
  classes: readonly string[],
  prefix: string,
  split: SplitName | undefined,
): Omit<Layout, 'findings'> {
  const names = [...classes].sort(byCodePoints);
  if (!prefix || split === 'train') checkClasses(prefix ? path.join(folder, prefix) : folder, walk, names);
  const byClass = new Map<string, FoundFile[]>(names.map((name) => [name, []]));
  for (const file of walk.files) {
    const below = file.path.slice(prefix.length).split('/');
    if (file.path.startsWith(prefix) && below.length > 1) byClass.get(`${prefix}${below[0]}`)?.push(file);
  }
  const files = names.flatMap((name) => byClass.get(name)!);
  const labels = names.flatMap((name) => byClass.get(name)!.map(() => name.slice(prefix.length)));
  return { files, labels, splits: files.map(() => split) };
}

/** @throws Error where there are fewer than two classes */
function checkClasses(folder: string, walk: Walk, classes: readonly string[]): void {
  const expected = `${shortPath(folder)}: expected two folders of pictures or more, one a class (class/picture.jpg)`;
  if (classes.length >= 2) return;
  if (!classes.length) {
    const loose = pictures(walk, (name) => !name.includes('/')).length;
    throw new Error(`${expected}; got ${loose ? `${loose} pictures and no folder` : 'neither folders nor pictures'}.`);
  }
  const [only] = classes;
  const inner = childrenOf(walk, only).map((name) => path.posix.basename(name));
  const named = Object.hasOwn(SPLIT_FOLDERS, only) ? ' (val or test belongs beside train)' : '';
  const meant =
    inner.length >= 2
      ? ` It holds ${listed(inner, 4, 3)}: name ${shortPath(path.join(folder, path.basename(only)))}?`
      : '';
  throw new Error(`${expected}; got one, ${path.posix.basename(only)}${named}.${meant}`);
}
