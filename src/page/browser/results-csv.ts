/** A picture's row in a table of results. */
export interface ResultRow {
  readonly name: string;
  /** Its class; "not sure" below the threshold; or what was wrong with it. */
  readonly said: string;
  /** [K]; undefined if it could not be read. */
  readonly probabilities?: Float32Array;
}

/** Writes results as CSV (RFC 4180): a row for each picture, with the probability of each class. */
export function resultsCsv(rows: readonly ResultRow[], classNames: readonly string[]): string {
  const lines = rows.map(({ name, said, probabilities }) => [
    name,
    said,
    ...classNames.map((_, k) => (probabilities ? String(Number(probabilities[k].toPrecision(7))) : '')),
  ]);
  return [['file', 'class', ...classNames], ...lines].map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}

/** Quotes what needs it; a text that a spreadsheet would compute gets an apostrophe before it. */
function quoted(cell: string): string {
  const safe = /^[=+\-@\t\r]/.test(cell) && !/^-?[\d.]+(e-?\d+)?$/i.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
