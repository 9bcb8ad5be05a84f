import { escapeHtml } from '../plots/html.ts';
import { notebookHost } from './host.ts';

/** A row of a table: a value by column name. */
export type TableRow = Readonly<Record<string, unknown>>;

let ids = 0;

/**
 * Shows HTML, an element or the rows of a table under the running cell; outside a notebook, their text.
 * @param content HTML (escape what isn't markup), an element, or rows whose keys are the columns
 */
export function show(content: string | { readonly outerHTML: string } | readonly TableRow[]): void {
  display(toHtml(content));
}

/**
 * Shows something that is replaced in place each time the function returned is called with its next state.
 */
export function showLive(): (html: string, text?: string) => void {
  const id = `graft-${process.pid}-${Date.now().toString(36)}-${++ids}`;
  let shown = false;
  return (html, text) => {
    display(html, { id, update: shown, text });
    shown = true;
  };
}

function display(html: string, { id, update, text }: { id?: string; update?: boolean; text?: string } = {}): void {
  const plain = text ?? plainText(html);
  const host = notebookHost();
  if (host) host.display({ 'text/html': html, 'text/plain': plain }, { id, update });
  else if (plain && !update) console.log(plain);
}

function toHtml(content: string | { readonly outerHTML: string } | readonly TableRow[]): string {
  if (typeof content === 'string') return content;
  return 'outerHTML' in content ? content.outerHTML : table(content);
}

function table(rows: readonly TableRow[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const align = (value: unknown): string => (typeof value === 'number' ? 'right' : 'left');
  const cell = (value: unknown): string =>
    `<td style="text-align:${align(value)}">${escapeHtml(typeof value === 'number' ? value.toLocaleString('en-US', { maximumSignificantDigits: 5 }) : String(value ?? ''))}</td>`;
  const head = columns.map((column) => `<th style="text-align:${align(rows[0]?.[column])}">${escapeHtml(column)}</th>`).join('');
  const body = rows.map((row) => `<tr>${columns.map((column) => cell(row[column])).join('')}</tr>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

/** What HTML says without its markup: the alternative texts of pictures, and the text. */
function plainText(html: string): string {
  return html
    .replace(/<img[^>]*?\balt="([^"]*)"[^>]*>/g, ' [$1] ')
    .replace(/<\/tr>/g, '\n')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/[ \t]+/g, ' ')
    .trim();
}
