import path from 'node:path';
import { listed } from '../../text/listed.ts';
import { shortPath } from '../../project.ts';
import { readBytes } from '../../storage/files/read-file.ts';
import { byCodePoints, type FoundFile, type Walk, walkFolder } from '../../storage/files/walk.ts';
import { formatOfName } from '../../pixels/formats/formats.ts';
import { type Finding, finding } from '../pictures/findings.ts';
import type { Item, Source, SplitName } from '../items.ts';
import { lateNotes, lookAtFiles, type LookOptions } from '../pictures/look.ts';
import { checkPaired } from './paired-folders.ts';
import { foldersIn, splitOfFolder, tableHint, tablesIn, type TopFolders, topFolders } from './split-folders.ts';

export interface FolderOptions extends LookOptions {
  /** Takes the top folders as classes, whatever their names and content. @default false: names and shape decide */
  readonly classFolders?: boolean;
  /** Accepts a single class folder, if nothing is trained on it. @default false */
  readonly untrained?: boolean;
}

/**
 * Reads pictures in folders, one folder for each class: `class/**`, `train/class/**` with `val`, `valid`, `validation`
 * or `test` beside it (or other names, if these hold the same class folders), or `class/train/**`. Classes and files
 * come in the order of Keras' `image_dataset_from_directory` and torchvision's `ImageFolder`.
 * @throws Error naming the folder and what was expected in it
 */
export async function readFolder(folder: string, options: FolderOptions = {}): Promise<Source> {
  const walk = walkFolder(folder);
  const { files, labels, splits, findings } = layOut(folder, walk, options);
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

function layOut(folder: string, walk: Walk, { classFolders = false, untrained = false }: FolderOptions): Layout {
  const top = foldersIn(walk, '');
  const findings: Finding[] = [];
  const note = (what: string, level: Finding['level'], names: readonly string[], advice: string): void => {
    if (names.length) findings.push(finding(what, level, names, advice));
  };
  note('hidden', 'note', walk.hidden, 'Not looked at.');
  note('links not followed', 'warning', walk.links, 'They lead out of the folder, in a circle or to nothing.');
  note('names that are not in UTF-8', 'warning', walk.unreadable, 'Left out: rename them (convmv does it).');
  const { splits, flat, inClasses } = classFolders ? AS_CLASSES : topFolders(folder, walk);
  const loose = pictures(walk, (name) => !name.includes('/'));
  const least = untrained ? 1 : 2;
  if (!splits) {
    checkClasses(folder, walk, top, least);
    if (!classFolders) {
      checkLoose(folder, walk, loose);
      checkPaired(folder, walk, top);
    }
    note('in no class folder', 'warning', loose, 'Left out: they have no label.');
    const part = inFolders(walk, top, '');
    if (!inClasses)
      note('folders in class folders', 'note', foldersBelow(part.files), 'Their pictures are of the class above.');
    note('class folders without files', 'warning', emptyOf(top, part.files), 'Left out.');
    return { ...(inClasses ? bySplitBelow(part, note) : part), findings };
  }
  const others = top.filter((name) => !flat.includes(name) && !splits.some((own) => own.name === name));
  note('folders beside the splits', 'warning', others, 'Left out.');
  note('splits without class folders', 'warning', flat, 'Left out: their pictures have no label.');
  note('in no class folder', 'warning', loose, 'Left out: they have no label.');
  const said = splits.filter(({ name, split }) => !PLAIN.test(name) && splits.length > 1 && split);
  note(
    'folders read as splits',
    'note',
    said.map(({ name, split }) => `${name} (${split})`),
    'They hold class folders.',
  );
  const layout: Layout = { files: [], labels: [], splits: [], findings };
  for (const { name, inner, split } of splits) {
    const classes = foldersIn(walk, inner);
    const below = (file: string): boolean => file.startsWith(`${inner}/`) && file.slice(inner.length + 1).includes('/');
    const inside = pictures(walk, (file) => file.startsWith(`${name}/`) && !below(file));
    note(`in no class folder of ${name}`, 'warning', inside, 'Left out: they have no label.');
    if (split === 'train') checkClasses(path.join(folder, inner), walk, classes, least);
    const part = inFolders(walk, classes, `${inner}/`);
    note('class folders without files', 'warning', emptyOf(classes, part.files), 'Left out.');
    for (const [i, file] of part.files.entries()) {
      layout.files.push(file);
      layout.labels.push(part.labels[i]);
      layout.splits.push(splits.length > 1 ? split : undefined);
    }
  }
  return layout;
}

const AS_CLASSES: TopFolders = { flat: [], inClasses: false };
const PLAIN = /^(train|val|valid|validation|test)$/i;

/** @throws Error if pictures beside the class folders have a table that may say what they show */
function checkLoose(folder: string, walk: Walk, loose: readonly string[]): void {
  if (!loose.length || !tablesIn(walk).length) return;
  throw new Error(
    `${shortPath(folder)}: expected pictures in class folders; ${loose.length} lie in none (${listed(loose, 3)}).` +
      `${tableHint(folder, walk)} Or leave them out with --class-folders (classFolders: true).`,
  );
}

/** Reads splits from the folders inside the classes: `class/train/picture`. */
function bySplitBelow(
  { files, labels }: Omit<Layout, 'findings'>,
  note: (what: string, level: Finding['level'], names: readonly string[], advice: string) => void,
): Omit<Layout, 'findings'> {
  const split = files.map((file) => splitOfFolder(file.path.split('/')[1]));
  const kept = files.flatMap((_, i) => (split[i] ? [i] : []));
  const others = files.flatMap((file, i) => (split[i] ? [] : [file.path]));
  note('in no split of their class', 'warning', others, 'Left out.');
  return { files: kept.map((i) => files[i]), labels: kept.map((i) => labels[i]), splits: kept.map((i) => split[i]) };
}

const emptyOf = (classes: readonly string[], files: readonly FoundFile[]): string[] => {
  const full = new Set(files.map((file) => file.path.split('/').slice(0, classes[0].split('/').length).join('/')));
  return classes.filter((name) => !full.has(name));
};

/** Lists the inner folders of class folders that have several: they may have been meant as classes. */
function foldersBelow(files: readonly FoundFile[]): string[] {
  const below = new Map<string, Set<string>>();
  for (const { path: file } of files) {
    const [top, inner, ...rest] = file.split('/');
    if (rest.length) below.set(top, (below.get(top) ?? new Set()).add(`${top}/${inner}`));
  }
  return [...below.values()].flatMap((inner) => (inner.size > 1 ? [...inner] : []));
}

/** Lists files whose names promise pictures. */
const pictures = ({ files }: Walk, where: (name: string) => boolean): string[] =>
  files.map((file) => file.path).filter((name) => where(name) && formatOfName(name));

/** Lists the files of class folders, in the order of their names; with several splits, one split after the other. */
function inFolders(walk: Walk, classes: readonly string[], prefix: string): Omit<Layout, 'findings'> {
  const names = [...classes].sort(byCodePoints);
  const byClass = new Map<string, FoundFile[]>(names.map((name) => [name, []]));
  for (const file of walk.files) {
    const below = file.path.slice(prefix.length).split('/');
    if (file.path.startsWith(prefix) && below.length > 1) byClass.get(`${prefix}${below[0]}`)?.push(file);
  }
  const files = names.flatMap((name) => byClass.get(name)!);
  const labels = names.flatMap((name) => byClass.get(name)!.map(() => name.slice(prefix.length)));
  return { files, labels, splits: files.map(() => undefined) };
}

/** @throws Error if there are fewer classes than needed */
function checkClasses(folder: string, walk: Walk, classes: readonly string[], least: number): void {
  if (classes.length >= least) return;
  const wanted = least === 1 ? 'a folder of pictures or more' : 'two folders of pictures or more';
  const expected = `${shortPath(folder)}: expected ${wanted}, one a class (class/picture.jpg)`;
  const hint = tableHint(folder, walk);
  if (!classes.length) {
    const loose = pictures(walk, (name) => !name.includes('/')).length;
    throw new Error(
      `${expected}; got ${loose ? `${loose} pictures and no folder` : 'neither folders nor pictures'}.${hint}`,
    );
  }
  const [only] = classes;
  const inner = foldersIn(walk, only).map((name) => path.posix.basename(name));
  const named = PLAIN.test(only) ? ' (val or test belongs beside train)' : '';
  const meant =
    inner.length >= 2
      ? ` It holds ${listed(inner, 4, 3)}: name ${shortPath(path.join(folder, path.basename(only)))}?`
      : '';
  throw new Error(`${expected}; got one, ${path.posix.basename(only)}${named}.${meant}${hint}`);
}
