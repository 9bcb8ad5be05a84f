import { escapeHtml } from '../../text/html.ts';

/**
 * Makes a page that needs nothing from elsewhere, and lets nothing in.
 * @param body HTML
 */
export const page = ({ title, body }: { readonly title: string; readonly body: string }): string =>
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
  `<meta http-equiv="Content-Security-Policy" content="${POLICY}">` +
  `<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>${body}</body></html>\n`;

const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
const STYLE =
  ':root{color-scheme:light dark}' +
  'body{font:15px/1.5 system-ui,sans-serif;max-width:900px;margin:2rem auto;padding:0 1rem}' +
  'h1{overflow-wrap:anywhere}' + // it may name a folder
  'table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}' +
  'td,th{padding:.2rem .8rem;border-bottom:1px solid #8884;font-variant-numeric:tabular-nums}';

/** Makes a heading with a table; nothing if there are no rows. */
export const section = (title: string, head: readonly string[], body: readonly (readonly string[])[]): string =>
  body.length ? `<h2>${escapeHtml(title)}</h2>${tableHtml([head, ...body])}` : '';

/** Makes a heading with names and their values, in words. */
export const facts = (title: string, rows: readonly (readonly [name: string, value: string])[]): string => {
  const line = ([name, value]: readonly [string, string]): string =>
    `<tr><td>${escapeHtml(name)}</td><td style="overflow-wrap:anywhere">${escapeHtml(value)}</td></tr>`;
  return `<h2>${escapeHtml(title)}</h2><table><tbody>${rows.map(line).join('')}</tbody></table>`;
};

/** Makes a table whose first row is the head; all columns but the first are aligned right. */
export function tableHtml([head, ...body]: readonly (readonly string[])[]): string {
  const cell = (tag: string) => (text: string, c: number) =>
    `<${tag} style="text-align:${c ? 'right' : 'left'}">${escapeHtml(text)}</${tag}>`;
  const line = (tag: string) => (cells: readonly string[]) => `<tr>${cells.map(cell(tag)).join('')}</tr>`;
  return `<table><thead>${line('th')(head)}</thead><tbody>${body.map(line('td')).join('')}</tbody></table>`;
}
