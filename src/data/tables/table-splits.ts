import { ownOf } from '../../host/own.ts';
import { type Finding, finding } from '../pictures/findings.ts';
import type { SplitName } from '../items.ts';
import { splitOfFolder } from '../folders/split-folders.ts';
import { firstAmong, type TableRow } from './table-rows.ts';

const SPLIT_COLUMNS = ['split', 'set', 'subset', 'partition', 'usage', 'phase'];
/** Columns of yes and no, and the splits that they mean. */
const YES_COLUMNS: Readonly<Record<string, readonly [yes: SplitName, no: SplitName]>> = {
  ...{ is_train: ['train', 'test'], is_training: ['train', 'test'], is_test: ['test', 'train'] },
  ...{ is_val: ['validation', 'train'], is_valid: ['validation', 'train'], is_validation: ['validation', 'train'] },
};
const YES = /^(1|true|yes|y|t)$/i;
const NO = /^(0|false|no|n|f)$/i;
/** Columns that divide rows, but do not say which part to test on. */
const FOLDS = ['fold', 'kfold', 'folds', 'cv_fold'];

/** Reads the split of each row, if a column says it; and notes columns that are not followed. */
export function splitsOf(
  rows: readonly TableRow[],
  header: readonly string[],
  name: string,
): { readonly of: readonly (SplitName | undefined)[]; readonly findings: readonly Finding[] } {
  const names = header.map((column) => column.trim().toLowerCase());
  const find = (known: readonly string[]): number => firstAmong(known, names);
  const cellsOf = (column: number): string[] => rows.map(({ cells }) => cells[column].trim());
  const ignored: string[] = [];
  const [words, answers, folds] = [SPLIT_COLUMNS, Object.keys(YES_COLUMNS), FOLDS].map(find);
  let of: (SplitName | undefined)[] | undefined;
  if (words >= 0) {
    const cells = cellsOf(words);
    const certain = names[words] === 'split' || cells.some((cell) => splitOfFolder(cell));
    if (certain) of = cells.map((cell, i) => splitOfWord(cell, `${name}, row ${rows[i].row}`));
    else ignored.push(header[words]);
  }
  if (answers >= 0) {
    const cells = cellsOf(answers);
    const [yes, no] = ownOf(YES_COLUMNS, names[answers])!;
    if (!of && cells.every((cell) => YES.test(cell) || NO.test(cell)))
      of = cells.map((cell) => (YES.test(cell) ? yes : no));
    else ignored.push(header[answers]);
  }
  if (folds >= 0) ignored.push(header[folds]);
  const advice = 'If it says which rows are to test on, write train, val and test into a column "split".';
  const findings = ignored.length ? [finding('columns that are not followed', 'warning', ignored, advice)] : [];
  return { of: of ?? rows.map(() => undefined), findings };
}

/** Reads the split that a word stands for: `train`, `Training`, `PublicTest`. @throws Error naming the valid words */
export function splitOfWord(word: string, where: string): SplitName {
  const split = splitOfFolder(word.trim());
  if (!split) throw new Error(`${where}: expected a split, train, val or test; got ${JSON.stringify(word)}.`);
  return split;
}
