import path from 'node:path';
import { listed } from '../../text/listed.ts';
import { shortPath } from '../../project.ts';
import type { Walk } from '../../storage/files/walk.ts';
import type { SplitName } from '../items.ts';

/** A folder of pictures of one split. */
export interface SplitFolder {
  readonly name: string;
  readonly split: SplitName;
  /** The folder that holds its class folders: itself, or the one in it that has the same name. */
  readonly inner: string;
}

/** What the top folders are: splits, or classes, whose pictures may lie in splits inside them. */
export interface TopFolders {
  /** Undefined if the top folders are the classes. */
  readonly splits?: readonly SplitFolder[];
  /** Folders that are named as splits, but have no class folders. */
  readonly flat: readonly string[];
  /** Whether splits lie in the class folders: `class/train/picture`. */
  readonly inClasses: boolean;
}

const CLASSES: TopFolders = { flat: [], inClasses: false };

/**
 * A word in a name, alone or in a compound: `train`, `Training`, `train_set`, `trainset`, `seg_train`, `val2017`,
 * `test1`.
 */
const WORD = /^(train|test|val|dev|eval)(?:ing|id|idation|uation)?(?:sets?|data|split|images?|imgs?)?$/;
const SPLIT_OF_WORD = {
  train: 'train',
  test: 'test',
  val: 'validation',
  dev: 'validation',
  eval: 'validation',
} as const;
type Word = keyof typeof SPLIT_OF_WORD;

function wordIn(name: string): Word | undefined {
  const parts = name
    .replace(/([a-z])(?=[A-Z])/g, '$1 ')
    .toLowerCase()
    .split(/[^\p{L}]+/u);
  const words = parts.flatMap((part) => (WORD.exec(part)?.[1] as Word | undefined) ?? []);
  return new Set(words).size === 1 ? words[0] : undefined;
}

/** Finds the split that a folder's name speaks of; undefined if it names none, or two. */
export function splitOfFolder(name: string): SplitName | undefined {
  const word = wordIn(name);
  return word && SPLIT_OF_WORD[word];
}

/**
 * Tells by names and by shape whether the top folders are splits or classes: folders that hold the same class folders
 * are not classes, nor are two that are named as different splits.
 * @throws Error saying what there is and what to do, if they can be neither
 */
export function topFolders(folder: string, walk: Walk): TopFolders {
  const full = foldersWithFiles(walk);
  const childrenOf = (name: string): string[] => foldersIn(walk, name).filter((child) => full.below.has(child));
  const top = foldersIn(walk, '').filter((name) => full.below.has(name));
  const innerOf = (name: string): string => {
    const [only, ...more] = childrenOf(name);
    const alike = only !== undefined && !more.length && wordIn(path.posix.basename(only)) === wordIn(name);
    return alike && !full.within.has(name) && childrenOf(only).length ? only : name;
  };
  const classesIn = (name: string): string[] => childrenOf(innerOf(name)).map((child) => path.posix.basename(child));
  const named = top.filter((name) => wordIn(name));
  const deep = named.filter((name) => classesIn(name).length);
  const flat = named.filter((name) => !classesIn(name).length);
  const words = new Set(named.map(wordIn));
  const exact = new Set(named.filter((name) => name.toLowerCase() === wordIn(name)));
  const shared = sharedBy(deep, classesIn);
  // among many class folders two may have such names by chance
  if (words.size >= 2 && (2 * named.length >= top.length || exact.size >= 2 || (deep.length >= 2 && shared.length))) {
    const splits = deep.map((name) => ({ name, split: splitOfFolder(name)!, inner: innerOf(name) }));
    if (!deep.length) throw flatSplits(folder, walk, flat);
    if (!splits.some(({ split }) => split === 'train')) throw otherNames(folder, deep, shared);
    return { splits: eachOnce(folder, splits), flat, inClasses: false };
  }
  if (top.length < 2 || top.some((name) => full.within.has(name))) return CLASSES;
  const children = top.map((name) => childrenOf(name).map((child) => path.posix.basename(child)));
  const inClasses = children.every((own) => own.some((name) => splitOfFolder(name) === 'train') && hasOther(own));
  if (inClasses) return { flat: [], inClasses };
  const alike = sharedBy(top, classesIn);
  if (alike.length >= 2) throw otherNames(folder, top, alike);
  return CLASSES;
}

function sharedBy(names: readonly string[], classesIn: (name: string) => readonly string[]): string[] {
  const [first = [], ...more] = names.map(classesIn);
  return first.filter((name) => more.every((own) => own.includes(name)));
}

const hasOther = (names: readonly string[]): boolean =>
  names.some((name) => !['train', undefined].includes(splitOfFolder(name)));

/**
 * Picks the folders with plain names among `train`, `train_small` and `test`, if these are enough.
 * @throws Error if two folders are named as the same split
 */
function eachOnce(folder: string, splits: readonly SplitFolder[]): readonly SplitFolder[] {
  const twice = splits.filter(({ split }) => splits.filter((other) => other.split === split).length > 1);
  if (!twice.length) return splits;
  const plain = splits.filter(({ name }) => /^(train|val|valid|validation|test)$/i.test(name));
  if (new Set(plain.map(({ split }) => split === 'train')).size === 2) return plain;
  throw new Error(
    `${shortPath(folder)}: expected one folder to train on, one to validate on and one to test on at most; got ` +
      `${listed(twice.map(({ name }) => name))} for the same. Call those that are meant train, val and test.`,
  );
}

/** Lists the folders that have files in them or below, and those that have files of their own. */
function foldersWithFiles({ files }: Walk): {
  readonly below: ReadonlySet<string>;
  readonly within: ReadonlySet<string>;
} {
  const [below, within] = [new Set<string>(), new Set<string>()];
  for (const { path: file } of files) {
    let end = file.lastIndexOf('/');
    if (end > 0) within.add(file.slice(0, end));
    for (; end > 0 && !below.has(file.slice(0, end)); end = file.lastIndexOf('/', end - 1))
      below.add(file.slice(0, end));
  }
  return { below, within };
}

/** Lists the folders right below one; for '' the top ones. */
export const foldersIn = (walk: Walk, name: string): string[] => {
  const prefix = name && `${name}/`;
  return walk.folders.filter((child) => child.startsWith(prefix) && !child.slice(prefix.length).includes('/'));
};

/** Lists tables that lie right in a folder, which may say what its pictures are. */
export const tablesIn = ({ files }: Walk): string[] =>
  files.map((file) => file.path).filter((name) => !name.includes('/') && /\.(csv|tsv|tab)$/i.test(name));

/** Says what to do about tables; empty if there are none. */
export const tableHint = (folder: string, walk: Walk): string => {
  const [first, ...more] = tablesIn(walk);
  if (first === undefined) return '';
  const others = more.length ? `, or ${listed(more, 2)}` : '';
  return ` Is it ${first} that says which is which? Then name that table, ${shortPath(path.join(folder, first))}${others}.`;
};

export const CLASS_FOLDERS = 'If they are classes all the same, say so with --class-folders (classFolders: true).';

function flatSplits(folder: string, walk: Walk, names: readonly string[]): Error {
  return new Error(
    `${shortPath(folder)}: expected a folder for each class in ${listed(names)} (${names[0]}/class/picture.jpg); their ` +
      `pictures lie in no class folders, so nothing says what they show.${tableHint(folder, walk)} ${CLASS_FOLDERS}`,
  );
}

function otherNames(folder: string, names: readonly string[], shared: readonly string[]): Error {
  return new Error(
    `${shortPath(folder)}: expected train with val, valid, validation or test beside it; got ${listed(names)}, each with ` +
      `${listed(shared, 4, 3)}. Call what is to be trained on train, and what is to be tested on test. ${CLASS_FOLDERS}`,
  );
}
