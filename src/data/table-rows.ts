import { parse } from 'csv-parse/sync';
import { shortPath } from '../project.ts';

/** A row of a table, numbered as spreadsheets do: 1 is the header. */
export interface TableRow {
  readonly row: number;
  readonly cells: string[];
}

/**
 * Reads text as rows of as many cells each; those with nothing in them are left out.
 * @param file its name decides: tabs in `.tsv` and `.tab`; else what the header has most of, commas, semicolons or tabs
 * @throws Error naming the row that does not fit
 */
export function parseTable(text: string, file: string): TableRow[] {
  const [header = ''] = text.split(/\r?\n/, 1);
  const counts = [',', ';', '\t'].map((mark) => [header.split(mark).length, mark] as const);
  const delimiter = /\.(tsv|tab)$/i.test(file) ? '\t' : counts.reduce((a, b) => (b[0] > a[0] ? b : a))[1];
  let all: string[][];
  try {
    all = parse(text, { delimiter, bom: true, relax_column_count: true, ...(delimiter === '\t' && { quote: null }) });
  } catch (cause) {
    throw new Error(`${shortPath(file)}: expected a table (CSV or TSV); ${(cause as Error).message}.`, { cause });
  }
  const rows = all.flatMap((cells, i) => (cells.some((cell) => cell.trim()) ? [{ row: i + 1, cells }] : []));
  const wrong = rows.find(({ cells }) => cells.length !== rows[0].cells.length);
  if (!wrong) return rows;
  const mark = delimiter === '\t' ? 'tabs' : `"${delimiter}"`;
  throw new Error(
    `${shortPath(file)}: expected a table (CSV or TSV); row ${wrong.row} has ${wrong.cells.length} cells, the header ` +
      `${rows[0].cells.length}. Put text with ${mark} in it into quotes.`,
  );
}
