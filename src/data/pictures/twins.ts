import { type Finding, finding } from './findings.ts';
import type { SplitName } from '../items.ts';

/** A picture that is read, with what is needed to look at all of them together. */
export interface ReadPicture {
  readonly name: string;
  readonly content: string;
  readonly label: string;
  readonly split: SplitName;
}

/** A class with fewer pictures than this is learnt from chance. */
const FEW = 5;
/** Classes are far from balanced if the largest is at least this many times the smallest. */
const IMBALANCE = 10;

/** Collects what is found when all pictures are seen together: the same one twice, classes that are small. */
export function findAmong(pictures: readonly ReadPicture[], classNames: readonly string[]): Finding[] {
  const rows: Finding[] = [];
  const note = (what: string, level: Finding['level'], some: readonly string[], advice: string): void => {
    if (some.length) rows.push(finding(what, level, some, advice));
  };
  const noteTwins = (what: string, level: Finding['level'], some: readonly ReadPicture[][], advice: string): void => {
    const names = some.map((same) => same.map(({ name }) => name).join(' = '));
    const pictures = some.map(([{ name }]) => name);
    if (some.length) rows.push(finding(what, level, names, advice, pictures));
  };
  const byContent = new Map<string, ReadPicture[]>();
  for (const picture of pictures) {
    const same = byContent.get(picture.content);
    if (same) same.push(picture);
    else byContent.set(picture.content, [picture]);
  }
  const twins = [...byContent.values()].filter(({ length }) => length > 1);
  const differing = (by: 'label' | 'split'): ReadPicture[][] =>
    twins.filter((same) => same.some((one) => one[by] !== same[0][by]));
  const apart = differing('split');
  noteTwins('the same picture in two classes', 'warning', differing('label'), 'One of the labels is wrong.');
  const isTested = (same: readonly ReadPicture[]): boolean => same.some(({ split }) => split === 'test');
  noteTwins(
    'the same picture in training and test',
    'warning',
    apart.filter(isTested),
    'The test accuracy will look better than it is.',
  );
  noteTwins(
    'the same picture in training and validation',
    'warning',
    apart.filter((same) => !isTested(same)),
    'Early stopping will judge too well.',
  );
  const others = twins.filter((same) => !differsIn(same));
  noteTwins('the same picture twice', 'note', others, 'It counts as often as it is there.');
  const alike = new Map<string, string[]>();
  for (const name of classNames) alike.set(plain(name), [...(alike.get(plain(name)) ?? []), name]);
  note(
    'classes whose names look the same',
    'warning',
    [...alike.values()].filter(({ length }) => length > 1).map((names) => names.map((name) => `"${name}"`).join(' = ')),
    'Are they one?',
  );
  note(
    'classes named as if there were no label',
    'warning',
    classNames.filter((name) => NO_LABEL.test(name.trim())),
    'They are learnt like any other. Leave them out if they are not classes.',
  );
  note(
    'classes named like several others together',
    'warning',
    classNames.filter((name) => isSeveral(name, alike)),
    'A picture has one class here.',
  );
  const tested = new Set(pictures.flatMap(({ label, split }) => (split === 'test' ? [label] : [])));
  note(
    'classes without a picture to test on',
    'warning',
    classNames.filter((name) => !tested.has(name)),
    'The test says nothing of them.',
  );
  const counts = new Map(classNames.map((name) => [name, 0]));
  for (const { label } of pictures) counts.set(label, counts.get(label)! + 1);
  const few = [...counts].filter(([, count]) => count < FEW).map(([name, count]) => `${name} (${count})`);
  note(`classes with fewer than ${FEW} pictures`, 'warning', few, 'Take more, or leave them out.');
  const [least, most] = [...counts].sort((a, b) => a[1] - b[1]).filter((_, i, all) => i === 0 || i === all.length - 1);
  if (most && most[1] >= IMBALANCE * least[1])
    note(
      'far from balanced',
      'note',
      [`${most[0]} (${most[1]})`, `${least[0]} (${least[1]})`],
      'Accuracy says little of the small classes.',
    );
  return rows;
}

/** `unlabeled` of STL-10 and others, `unsup` of Keras' text data, and how tables write that there is nothing. */
const NO_LABEL = /^(un-?label?led|unsup(ervised)?|no[-_ ]?labels?|nan|null|none|n\/?a|undefined|\?)$/i;

/** Whether a name joins several classes: `cat dog` or `cat;dog`, if `cat` and `dog` are also classes. */
function isSeveral(name: string, known: ReadonlyMap<string, unknown>): boolean {
  const parts = plain(name)
    .split(/[\s,;|+&]+/)
    .filter(Boolean);
  return parts.length > 1 && parts.every((part) => known.has(part));
}

/** Writes a name as it looks: without capitals, spaces around it, or differences in how accents are written. */
const plain = (name: string): string => name.normalize('NFKC').trim().toLowerCase();

const differsIn = (same: readonly ReadPicture[]): boolean =>
  same.some(({ label, split }) => label !== same[0].label || split !== same[0].split);
