import { parse } from 'csv-parse/sync';
import { shortPath } from '../../project.ts';

/** A row of a table, numbered as spreadsheets do: 1 is the header. */
export interface TableRow {
  readonly row: number;
  readonly cells: string[];
}

/**
 * Reads text as rows with the same number of cells; empty rows are left out.
 * @param file its name decides: tabs in `.tsv` and `.tab`; else what the header has most of, commas, semicolons or tabs
 * @throws Error naming the row that does not fit
 */
export function parseTable(text: string, file: string): TableRow[] {
  // Excel's own first line, for when its language would take another mark
  const [said = '', mark] = /^\uFEFF?sep=(.)\r?\n/i.exec(text) ?? [];
  if (said) return rowsOf(text.slice(said.length), file, mark, 2);
  const [header = ''] = text.split(/\r?\n/, 1);
  const counts = [',', ';', '\t'].map((mark) => [header.split(mark).length, mark] as const);
  return rowsOf(text, file, /\.(tsv|tab)$/i.test(file) ? '\t' : counts.reduce((a, b) => (b[0] > a[0] ? b : a))[1], 1);
}

/**
 * Gives the position of the first of some columns that is there, or -1. A column without a name, as pandas writes its
 * index, does not count.
 */
export function firstAmong(known: readonly string[], columns: readonly string[]): number {
  const found = known.find((one) => columns.includes(one));
  return found === undefined ? -1 : columns.indexOf(found);
}

/** @param first the header's row */
function rowsOf(text: string, file: string, delimiter: string, first: number): TableRow[] {
  let all: string[][];
  try {
    all = parse(text, { delimiter, bom: true, relax_column_count: true, ...(delimiter === '\t' && { quote: null }) });
  } catch (cause) {
    throw new Error(`${shortPath(file)}: expected a table (CSV or TSV); ${(cause as Error).message}.`, { cause });
  }
  const rows = all.flatMap((cells, i) => (cells.some((cell) => cell.trim()) ? [{ row: i + first, cells }] : []));
  const wrong = rows.find(({ cells }) => cells.length !== rows[0].cells.length);
  if (!wrong) return rows;
  const mark = delimiter === '\t' ? 'tabs' : `"${delimiter}"`;
  throw new Error(
    `${shortPath(file)}: expected a table (CSV or TSV); row ${wrong.row} has ${wrong.cells.length} cells, the header ` +
      `${rows[0].cells.length}. Put text with ${mark} in it into quotes.`,
  );
}
