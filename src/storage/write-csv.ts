import { writeStream } from './write-stream.ts';

/**
 * Writes a table as CSV (RFC 4180, with line feeds), row by row.
 * @param rows the header first
 * @throws Error naming the file, when it cannot be written; what was there before is kept
 */
export async function writeCsv(file: string, rows: AsyncIterable<readonly (string | number)[]>): Promise<void> {
  const lines = async function* (): AsyncGenerator<string> {
    for await (const row of rows) yield csvLine(row);
  };
  await writeStream(file, lines());
}

/** A row, with its line feed. */
export const csvLine = (row: readonly (string | number)[]): string => `${row.map(cell).join(',')}\n`;

/** Quoted where it holds what would end it. */
function cell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
