import { escapeHtml } from '../host/html.ts';
import { figureCard, svgCard } from '../plots/svg-card.ts';
import { notebookHost } from '../host/host.ts';

/** A row of a table: a value by column name. */
export type TableRow = Readonly<Record<string, unknown>>;

let ids = 0;

/** Images of uint8 RGB: one, or several one after the other. A set of images is one such thing. */
export interface Pixels {
  readonly pixels: Uint8Array;
  readonly shape: readonly [height: number, width: number, channels: 3] | readonly [count: number, height: number, width: number, channels: 3];
}

const MOST_IMAGES = 50;

/**
 * Shows something under the running cell; outside a notebook, its text.
 * @param content HTML (escape what isn't markup), an element (of a plot, say), the rows of a table, whose keys are the
 * columns, or image pixels (the first 50 of a set), for which it returns a promise
 */
export function show(content: string | ElementLike | readonly TableRow[]): void;
export function show(content: Pixels): Promise<void>;
export function show(content: string | ElementLike | readonly TableRow[] | Pixels): void | Promise<void> {
  if (typeof content === 'object' && 'pixels' in content) return showPixels(content);
  display(toHtml(content));
}

async function showPixels({ pixels, shape }: Pixels): Promise<void> {
  const [height, width] = shape.slice(-3);
  const bytes = height * width * 3;
  const count = shape.length === 4 ? shape[0] : 1;
  if (pixels.length !== count * bytes)
    throw new RangeError(`show: expected ${count * bytes} pixel bytes for the shape ${shape.join('×')}; got ${pixels.length}.`);
  const tiles = Array.from({ length: Math.min(count, MOST_IMAGES) }, (_, i) => ({
    pixels: pixels.subarray(i * bytes, (i + 1) * bytes),
    size: [height, width] as const,
    lines: [],
  }));
  const { pictureGrid } = await import('../plots/pictures.ts'); // jsdom takes a second to load
  const alt = `${count.toLocaleString('en-US')} ${count === 1 ? 'image' : 'images'} of ${height}×${width} pixels`;
  const caption = count > MOST_IMAGES ? `the first ${MOST_IMAGES} of ${count.toLocaleString('en-US')} images` : undefined;
  display(await pictureGrid(tiles, { side: Math.max(64, Math.min(224, width)), alt, caption }));
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

function toHtml(content: string | ElementLike | readonly TableRow[]): string {
  if (typeof content === 'string') return content;
  return 'outerHTML' in content ? elementHtml(content) : table(content);
}

/** What of an element is needed to show it. */
export interface ElementLike {
  readonly outerHTML: string;
}

/**
 * An element's HTML. A plot, `<svg>` or with a legend `<figure>`, becomes images on a white card: JupyterLab strips the
 * markup of SVG from a notebook of somebody else's, and its black text would stand on a dark theme's ground.
 */
export function elementHtml(element: ElementLike): string {
  const { tagName = '' } = element as Partial<Element>;
  const tag = tagName.toLowerCase();
  if (tag === 'svg') return svgCard(element as Element, { alt: (element as Element).getAttribute('aria-label') ?? 'a plot' });
  if (tag === 'figure') return figureCard(element as Element);
  return element.outerHTML;
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
