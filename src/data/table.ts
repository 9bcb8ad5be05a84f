import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { listed } from '../host/listed.ts';
import { ownOf } from '../host/own.ts';
import { shortPath } from '../project.ts';
import { readBytes, readUtf8 } from '../storage/read-file.ts';
import { stateInside } from '../storage/walk.ts';
import type { Item, Source, SplitName } from './items.ts';
import { type FileToSee, lateNotes, lookAtFiles, type LookOptions } from './look.ts';

export interface TableOptions extends LookOptions {
  /** The column of paths. @default the first that is called path, file, filename, file_name, filepath, image, … */
  readonly path?: string;
  /** The column of class names. @default the first that is called label, class, category, … */
  readonly label?: string;
  /** What paths are relative to, and stay inside of. @default the table's folder */
  readonly root?: string;
}

const PATHS = [
  'path',
  'file',
  'filename',
  'file_name',
  'filepath',
  'file_path',
  'image',
  'image_path',
  'img',
  'picture',
];
const LABELS = ['label', 'class', 'category', 'label_name', 'class_name', 'target', 'species'];
const SPLIT_COLUMNS = ['split', 'set', 'subset', 'partition'];
const SPLIT_WORDS: Readonly<Record<string, SplitName>> = {
  ...{ train: 'train', training: 'train', test: 'test', testing: 'test' },
  ...{ val: 'validation', valid: 'validation', validation: 'validation', dev: 'validation' },
};

/** The split that a word stands for. @throws Error naming the words there are */
export function splitOfWord(word: string, where: string): SplitName {
  const split = ownOf(SPLIT_WORDS, word.trim().toLowerCase());
  if (!split) throw new Error(`${where}: expected a split, train, val or test; got ${JSON.stringify(word)}.`);
  return split;
}

/**
 * Pictures in a table: CSV or TSV with a header, a column of paths and one of labels, and perhaps one of splits.
 * @throws Error naming the table and its row or column, and what was expected
 */
export async function readTable(file: string, options: TableOptions = {}): Promise<Source> {
  const name = shortPath(file);
  const text = await readUtf8(file);
  if (text === undefined)
    throw new Error(
      `${name}: expected a table in UTF-8; it is in another encoding (UTF-16, Latin-1 …). Save it as "CSV UTF-8".`,
    );
  const rows = parseTable(text, file);
  const [header = [], ...body] = rows;
  const at = columnsOf(header, options, name);
  if (!body.length) throw new Error(`${name}: expected a header and a row for each picture; got ${rows.length} rows.`);
  const root = options.root ?? path.dirname(file);
  // 2 for the first row behind the header, as spreadsheets number them
  const empty = body.flatMap((row, i) => (row[at.label].trim() && row[at.path].trim() ? [] : [i + 2]));
  if (empty.length)
    throw new Error(
      `${name}: expected a path and a label in each row; got none in ${listed(
        empty.map((n) => `row ${n}`),
        3,
      )}.`,
    );
  const items = body.map((row, i): Item => ({
    name: row[at.path],
    label: row[at.label].trim(),
    split: at.split < 0 ? undefined : splitOfWord(row[at.split], `${name}, row ${i + 2}`),
  }));
  const files = filesOf(items, root, name);
  const known = await lookAtFiles(file, files, options);
  const numbers = items.every(({ label }) => /^\d{1,9}$/.test(label));
  return {
    name,
    items,
    known,
    numbers,
    findings: [],
    bytes: (i) => readBytes(files[i].file),
    ...lateNotes(file, known, (i) => files[i].name),
  };
}

/**
 * Reads text as rows of as many cells each.
 * @param file its name decides: tabs in `.tsv` and `.tab`; else what the header has most of, commas, semicolons or tabs
 * @throws Error naming the line that does not fit
 */
export function parseTable(text: string, file: string): string[][] {
  const [header = ''] = text.split(/\r?\n/, 1);
  const counts = [',', ';', '\t'].map((mark) => [header.split(mark).length, mark] as const);
  const delimiter = /\.(tsv|tab)$/i.test(file) ? '\t' : counts.reduce((a, b) => (b[0] > a[0] ? b : a))[1];
  try {
    return parse(text, { delimiter, bom: true, skip_empty_lines: true, ...(delimiter === '\t' && { quote: null }) });
  } catch (cause) {
    throw new Error(`${shortPath(file)}: expected a table (CSV or TSV); ${(cause as Error).message}.`, { cause });
  }
}

function columnsOf(
  header: readonly string[],
  options: Pick<TableOptions, 'path' | 'label'>,
  name: string,
): { readonly path: number; readonly label: number; readonly split: number } {
  const names = header.map((column) => column.trim());
  const find = (known: readonly string[]): number => {
    const lower = names.map((column) => column.toLowerCase());
    return lower.indexOf(known.find((one) => lower.includes(one)) ?? '');
  };
  const column = (what: 'path' | 'label', known: readonly string[]): number => {
    const asked = options[what];
    const found = asked === undefined ? find(known) : names.indexOf(asked);
    if (found >= 0) return found;
    const wanted =
      asked === undefined ? `a column of ${what}s (${known.slice(0, 4).join(', ')} …)` : `a column "${asked}"`;
    throw new Error(
      `${name}: ${what}: expected ${wanted}; got ${names.join(', ') || 'an empty file'}. Name it with --${what}.`,
    );
  };
  const twice = names.find((one, i) => one && names.indexOf(one) !== i);
  if (twice) throw new Error(`${name}: expected a name for each column; got "${twice}" twice.`);
  return { path: column('path', PATHS), label: column('label', LABELS), split: find(SPLIT_COLUMNS) };
}

/** @throws Error saying how many are missing or lie outside, with the first three */
function filesOf(items: readonly Item[], root: string, name: string): FileToSee[] {
  const [missing, outside]: [string[], string[]] = [[], []];
  const files = items.flatMap(({ name: own }): FileToSee[] => {
    const file = path.resolve(root, own);
    const state = stateInside(file, root);
    if (typeof state === 'object') return [{ name: path.relative(root, file), file, ...state }];
    (state === 'outside' ? outside : missing).push(own);
    return [];
  });
  const all = `of ${items.length} files`;
  if (outside.length)
    throw new Error(
      `${name}: expected paths inside ${shortPath(root)}; ${outside.length} ${all} lie outside: ${listed(outside, 3)}. Name another folder with --root.`,
    );
  if (missing.length)
    throw new Error(
      `${name}: expected files in ${shortPath(root)}; ${missing.length} ${all} are not there: ${listed(missing, 3)}. Name another folder with --root.`,
    );
  return files;
}
