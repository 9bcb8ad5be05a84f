import { escapeHtml } from '../../text/html.ts';
import { briefly } from './brief.ts';
import { formatNumbers } from '../../text/numbers.ts';
import { ownOf } from '../../host/own.ts';

/** A table as HTML, and as text. */
export interface ShownTable {
  readonly html: string;
  readonly text: string;
}

/**
 * Lays out rows in columns, numbers aligned, also those that are texts already.
 * @param rows objects; their keys are the columns, in the order in which they first come
 * @param options.most the most rows shown; a line says how many more there are
 * @param options.total how many rows there are, if those given are only the first of them
 */
export function layOut(
  rows: readonly object[],
  { most = Infinity, total = rows.length }: { readonly most?: number; readonly total?: number } = {},
): ShownTable {
  const shown = rows.slice(0, most) as readonly Readonly<Record<string, unknown>>[];
  const names = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const columns = names.map((name) =>
    column(
      name,
      shown.map((row) => ownOf(row, name)),
    ),
  );
  const more = total > shown.length ? `and ${(total - shown.length).toLocaleString('en-US')} more rows` : '';
  const cell = (tag: string, text: string, { align }: Column): string =>
    `<${tag} style="text-align:${align}">${escapeHtml(text)}</${tag}>`;
  const line = (tag: string, texts: (column: Column) => string): string =>
    `<tr>${columns.map((one) => cell(tag, texts(one), one)).join('')}</tr>`;
  const head = line('th', ({ name }) => name);
  const body = shown.map((_, i) => line('td', ({ texts }) => texts[i])).join('');
  const padded = (text: string, { width, align }: Column): string =>
    align === 'right' ? text.padStart(width) : text.padEnd(width);
  const lines = [names, ...shown.map((_, i) => columns.map(({ texts }) => texts[i]))].map((texts) =>
    texts
      .map((text, c) => padded(text, columns[c]))
      .join('  ')
      .trimEnd(),
  );
  return {
    html:
      `<table style="font-variant-numeric:tabular-nums"><thead>${head}</thead><tbody>${body}</tbody></table>` +
      (more && `<div style="font-size:small">${more}</div>`),
    text: [...lines, ...(more ? [more] : [])].join('\n'),
  };
}

interface Column {
  readonly name: string;
  readonly texts: readonly string[];
  readonly align: 'left' | 'right';
  /** The length of its longest text, in characters. */
  readonly width: number;
}

function column(name: string, values: readonly unknown[]): Column {
  const numbers = values.filter((value): value is number => typeof value === 'number');
  const there = values.filter((value) => value !== undefined && value !== null);
  const numeric = there.length > 0 && there.every((value) => typeof value === 'number' || isWrittenNumber(value));
  const formatted = formatNumbers(numbers);
  let n = 0;
  const texts = values.map((value) => (typeof value === 'number' ? formatted[n++] : briefly(value)));
  return {
    name,
    texts,
    align: numeric ? 'right' : 'left',
    width: Math.max(name.length, ...texts.map((text) => text.length)),
  };
}

/** Whether a text is a number that was formatted already: `84.1`, `−0.5 %`, `2,500`. */
const isWrittenNumber = (value: unknown): boolean =>
  typeof value === 'string' && /^[+\-−]?[\d,]*\.?\d+( ?%)?$/.test(value);
