import { writeStream } from './write-stream.ts';

/**
 * Writes a table as CSV (RFC 4180, with line feeds), row by row.
 * @param rows the rows, the header first
 * @param options.forSpreadsheets marks it as UTF-8 (a byte order mark, without which Excel reads other letters), and
 * puts
 *   an apostrophe before text that would be computed as a formula @default false
 * @throws Error naming the file, if it cannot be written; the old file stays
 */
export async function writeCsv(
  file: string,
  rows: AsyncIterable<readonly (string | number)[]>,
  { forSpreadsheets = false }: { readonly forSpreadsheets?: boolean } = {},
): Promise<void> {
  const lines = async function* (): AsyncGenerator<string> {
    if (forSpreadsheets) yield '\uFEFF';
    for await (const row of rows) yield csvLine(forSpreadsheets ? row.map(guarded) : row);
  };
  await writeStream(file, lines());
}

/** Writes a row, with its line feed. */
export const csvLine = (row: readonly (string | number)[]): string => `${row.map(cell).join(',')}\n`;

/** Guards against formulas: https://owasp.org/www-community/attacks/CSV_Injection */
const guarded = (value: string | number): string | number =>
  typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;

/** Quotes a value if it contains a character that would end it. */
function cell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
