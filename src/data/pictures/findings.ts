import { formatOfName } from '../../pixels/formats/formats.ts';
import type { Remark } from '../../pixels/remarks.ts';
import type { KnownFile } from './picture-index.ts';
import type { Item } from '../items.ts';
import { type Problem, problemOf } from './problem.ts';

/** Something to know about a set of pictures before it is used. */
export interface Finding {
  /** In a few words: `damaged`, `the same picture in two classes`. */
  readonly what: string;
  /** Pictures that are left out; what is read but may be wrong; or a mere remark. */
  readonly level: 'left out' | 'warning' | 'note';
  /** How many files or classes it concerns. */
  readonly count: number;
  /** The first of them, by name. */
  readonly examples: readonly string[];
  /** What follows from it, or what to do. */
  readonly advice: string;
  /** A picture for each example that is read, by its name. */
  readonly pictures?: readonly string[];
}

/** What is wrong with a set of pictures, told before anything is computed. */
export interface Findings {
  readonly kind: 'findings';
  /** The folder or table. */
  readonly source: string;
  /** How many pictures are read. */
  readonly pictures: number;
  /** How many pictures are not read. */
  readonly leftOut: number;
  readonly rows: readonly Finding[];
  /** Reads the file of one of the rows' pictures. */
  bytes(picture: string): Promise<Uint8Array>;
  /** Writes a table in plain text. */
  toString(): string;
}

/** If the share of bad files is larger than this, something is wrong with the whole. */
export const MOST_BAD = 0.1;

/** How many names a finding lists. */
const EXAMPLES = 5;

export const finding = (
  what: string,
  level: Finding['level'],
  names: readonly string[],
  advice: string,
  pictures?: readonly string[],
): Finding => ({
  what,
  level,
  count: names.length,
  examples: names.slice(0, EXAMPLES),
  advice,
  ...(pictures && { pictures: pictures.slice(0, EXAMPLES) }),
});

/** The name of each kind of bad file, and what to do about it. */
const BAD: Readonly<Record<Problem, readonly [what: string, advice: string]>> = {
  empty: ['empty', 'Copy them again.'],
  'no picture': ['named as pictures, but are not', 'Delete or replace them.'],
  'not read': ['in a format that Graft does not read', 'Convert them to JPEG or PNG.'],
  'too large': ['too large', 'Scale them down.'],
  damaged: ['damaged', 'Copy them again.'],
  'cannot be opened': ['cannot be opened', 'Make sure that you may read them.'],
  missing: ['not there', 'Copy them there, or take their rows out.'],
};

const LOOK = 'A part may be missing: look at them, and copy them again if so.';

/** Whether a file is not a picture, and its name promises none: notes, tables. Such files are not counted. */
export const isOther = ({ problem }: KnownFile): boolean => problem === 'no picture';

/** Collects what is found in the files themselves. */
export function findInFiles(items: readonly Item[], known: readonly KnownFile[]): Finding[] {
  const rows: Finding[] = [];
  const names = (where: (file: KnownFile, name: string) => boolean, detail = false): string[] =>
    items.flatMap(({ name }, i) => (where(known[i], name) ? [detail ? `${name} (${detailOf(known[i])})` : name] : []));
  const note = (
    what: string,
    level: Finding['level'],
    some: readonly string[],
    advice: string,
    shown = false,
  ): void => {
    if (some.length) rows.push(finding(what, level, some, advice, shown ? some : undefined));
  };
  for (const [problem, [what, advice]] of Object.entries(BAD) as [Problem, (typeof BAD)[Problem]][])
    note(
      what,
      'left out',
      names((file) => problemOf(file) === problem && !isOther(file), !['empty', 'missing'].includes(problem)),
      advice,
    );
  const good = (file: KnownFile): boolean => !file.problem;
  note(
    'smaller than 16 pixels',
    'warning',
    names((file) => good(file) && Math.min(file.width, file.height) < 16),
    'Hardly anything can be seen in them.',
    true,
  );
  findRemarks(items, known, note);
  note('other files', 'note', names(isOther), 'Not read.');
  note(
    'whose names say another format',
    'note',
    names((file, name) => good(file) && ![undefined, file.format].includes(formatOfName(name))),
    'They are read all the same.',
    true,
  );
  return rows;
}

/**
 * Notes pictures that may lack a part. They are read: such pictures exist, and if every tenth is like that, it is their
 * kind.
 */
function findRemarks(
  items: readonly Item[],
  known: readonly KnownFile[],
  note: (what: string, level: Finding['level'], names: readonly string[], advice: string, shown: boolean) => void,
): void {
  const good = known.filter(({ problem }) => !problem).length;
  for (const [remark, [what, advice]] of Object.entries(REMARKS)) {
    const names = items.flatMap(({ name }, i) => (!known[i].problem && known[i].remark === remark ? [name] : []));
    note(what, names.length > KIND * good ? 'note' : 'warning', names, advice, true);
  }
}

/** Above this share, what is remarked is not an accident. */
const KIND = 0.1;

/** The name of each remark, and what to do about it. */
const REMARKS: Readonly<Record<Exclude<Remark, ''>, readonly [what: string, advice: string]>> = {
  'one colour': ['all of one colour', 'Nothing can be seen in them.'],
  dark: ['almost black', 'Their levels may be of 10 or 12 bits in a file of 16: scale them up.'],
  'lower fifth black': ['black in the lower fifth', LOOK],
  'lower fifth grey': ['grey in the lower fifth', LOOK],
  zeros: ['with a run of zeros in their data', LOOK],
};

const detailOf = ({ problem }: KnownFile): string => problem.slice(problem.indexOf(': ') + 2);

/** Makes a report from its parts. */
export function createFindings(parts: Pick<Findings, 'source' | 'pictures' | 'leftOut' | 'rows' | 'bytes'>): Findings {
  const rows = [...parts.rows].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
  const text = (): string => findingsText({ ...parts, rows });
  return {
    kind: 'findings',
    ...parts,
    rows,
    toString: text,
    [Symbol.for('nodejs.util.inspect.custom')]: text,
  };
}

const LEVELS = ['left out', 'warning', 'note'] as const;

function findingsText({
  source,
  pictures,
  leftOut,
  rows,
}: Pick<Findings, 'source' | 'pictures' | 'leftOut' | 'rows'>): string {
  const number = (n: number): string => n.toLocaleString('en-US');
  const head = `${source}: ${number(pictures)} pictures${leftOut ? `, ${number(leftOut)} left out` : ''}`;
  if (!rows.length) return `${head}; nothing wrong with them`;
  const width = Math.max(...rows.map(({ what }) => what.length));
  const digits = Math.max(...rows.map(({ count }) => number(count).length));
  const lines = rows.map(({ what, level, count, examples, advice }) => {
    const some = `${examples.slice(0, 3).join(', ')}${count > 3 ? ' …' : ''}`;
    return `  ${level.padEnd(8)}  ${what.padEnd(width)}  ${number(count).padStart(digits)}  ${some}. ${advice}`;
  });
  return [head, ...lines].join('\n');
}
