import type { Classifier } from '../../classifier/classifier.ts';
import { loadToPredict } from '../../classifier/load.ts';
import { predictFiles, type Unreadable } from '../../classifier/predict-files.ts';
import type { Prediction } from '../../classifier/predictor.ts';
import { picturePaths } from '../../data/pictures/picture-paths.ts';
import { progressBar } from '../../host/progress.ts';
import { shortPath } from '../../project.ts';
import { makeFolderOf } from '../../storage/files/replace-file.ts';
import { writeCsv } from '../../storage/files/write-csv.ts';
import type { Run } from '../line/command.mjs';
import type { flags } from '../predict.mjs';

export const run: Run<typeof flags> = async (values, { operands, signal }) => {
  const { classifier: folder = 'results/classifier', weights, out, threshold = 0, top = 3 } = values;
  const classifier = await loadToPredict(folder, { weights });
  const counts = { files: 0, unreadable: 0 };
  const total = out === undefined ? 0 : await countOf(picturePaths(operands));
  const bar = out === undefined ? undefined : progressBar('pictures');
  const report = (): void => bar?.({ label: out!, done: counts.files, total });
  const predictions = predicted(classifier, operands, { signal, counts, report });
  const failed = (): string | undefined =>
    counts.unreadable ? `${counts.unreadable} of ${counts.files} files could not be read.` : undefined;
  if (!out) return { rows: rowsOf(predictions, { threshold, top }), failed };
  makeFolderOf(out);
  await writeCsv(out, tableOf(predictions, classifier, threshold), { forSpreadsheets: true });
  const json = { file: out, ...counts, ...(signal.aborted && { interrupted: true }) };
  const text = `${counts.files - counts.unreadable} pictures in ${shortPath(out)}${signal.aborted ? ', interrupted' : ''}`;
  return { text, json, failed: failed() };
};

interface Counts {
  files: number;
  unreadable: number;
}

/** How many of the files that are passed over are named. */
const SHOWN = 3;

type Row = (Prediction & { readonly file: string }) | Unreadable;

/** Counts names only: pictures are read later. */
async function countOf(paths: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of paths) count++;
  return count;
}

/** Counts, and names at once what cannot be read; ends if it is interrupted, so that what is done is kept. */
async function* predicted(
  classifier: Classifier,
  operands: readonly string[],
  { signal, counts, report }: { signal: AbortSignal; counts: Counts; report: () => void },
): AsyncGenerator<Row> {
  const others: string[] = [];
  let passed = 0;
  const onOther = (file: string): void => {
    if (passed++ < SHOWN) others.push(file);
  };
  try {
    for await (const row of predictFiles(classifier, picturePaths(operands, { onOther }), { signal })) {
      counts.files++;
      if ('error' in row) {
        counts.unreadable++;
        console.error(row.error);
      }
      report();
      yield row;
    }
    if (passed)
      console.error(
        `skipped, because they are not pictures: ${others.join(', ')}${passed > SHOWN ? ` … (${passed})` : ''}`,
      );
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function* rowsOf(
  predictions: AsyncIterable<Row>,
  { threshold, top }: { readonly threshold: number; readonly top: number },
): AsyncGenerator<{ text: string; json: unknown }> {
  for await (const row of predictions) {
    if ('error' in row) {
      yield { text: `${row.file}: could not be read`, json: row };
      continue;
    }
    const { file, probability, seen, recoloured } = row;
    const className = probability < threshold ? null : row.className;
    const ranking = row.ranking.slice(0, top);
    const best = ranking.map((one) => `${one.className} ${(100 * one.probability).toFixed(1)} %`).join(', ');
    yield {
      text: `${file}: ${className === null ? `unsure (${best})` : best}${seen ? ` (seen in ${seen})` : ''}`,
      json: { file, className, probability, ranking, ...(seen && { seen }), ...(recoloured && { recoloured }) },
    };
  }
}

/** Columns of a table before the probability of each class. */
const COLUMNS = ['file', 'class', 'probability', 'error', 'seen'];

/** Writes a name that a spreadsheet would compute with its folder: it stays the same file. */
const fileCell = (file: string): string => (/^[=+\-@]/.test(file) ? `./${file}` : file);

/** Names the column of a class, which may be called like one of those. */
const columnOf = (className: string): string =>
  COLUMNS.includes(className.trim().toLowerCase()) ? `probability of ${className}` : className;

async function* tableOf(
  predictions: AsyncIterable<Row>,
  { classNames, seen: known }: Classifier,
  threshold: number,
): AsyncGenerator<(string | number)[]> {
  yield [...COLUMNS, ...classNames.map(columnOf)];
  for await (const row of predictions) {
    if ('error' in row) {
      yield [fileCell(row.file), '', '', row.error, '', ...classNames.map(() => '')];
      continue;
    }
    const { file, className, probability, ranking, seen } = row;
    const each = new Map(ranking.map((one) => [one.className, one.probability]));
    yield [
      fileCell(file),
      probability < threshold ? '' : className,
      digits(probability),
      '',
      seen ?? (known ? '' : 'not known'),
      ...classNames.map((name) => digits(each.get(name)!)),
    ];
  }
}

/** Rounds to what float32 holds. */
const digits = (share: number): number => Number(share.toPrecision(7));
