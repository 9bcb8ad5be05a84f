import { types } from 'node:util';
import { oneLiner } from './brief.ts';
import { type Bundle, bundleOf, isElement, ownBundle } from './bundle.ts';
import { elementHtml } from './element.ts';
import { notebookHost } from '../../host/host.ts';
import { shortened } from './shortened.ts';
import { layOut } from './table.ts';

/** Images of uint8 RGB: one, or several in a row. A set of images has this form. */
export interface Pixels {
  readonly pixels: Uint8Array;
  readonly shape:
    | readonly [height: number, width: number, channels: 3]
    | readonly [count: number, height: number, width: number, channels: 3];
}

const MOST_IMAGES = 50;
/** The most characters of a text without markup; markup cannot be cut. */
const MOST_TEXT = 1_000_000;
let ids = 0;

/**
 * Shows something under the cell; outside a notebook, its text. A cell waits for what it shows.
 * @param content HTML (escape what isn't markup), an element (of a plot, say), the rows of a table, whose keys are the
 * columns, image pixels (the first 50 of a set), anything else as the last value of a cell, or a promise of these
 * @returns a promise if the content has to be waited for
 * @example
 * show(sampleGrid(images.train));
 */
export function show(content: unknown): Promise<void> | void {
  const shown = showNow(content);
  if (shown) notebookHost()?.hold?.(shown);
  return shown;
}

function showNow(content: unknown): Promise<void> | void {
  if (types.isProxy(content)) return displayBundle(bundleOf(content));
  if (content instanceof Promise) return content.then(showNow);
  const own = ownBundle(content);
  if (own instanceof Promise) return own.then((bundle) => displayBundle(bundle));
  if (own) return displayBundle(own);
  if (typeof content === 'string') return display(content);
  if (isElement(content)) return display(elementHtml(content));
  if (
    Array.isArray(content) &&
    content.every((row) => typeof row === 'object' && row !== null && !isElement(row) && !oneLiner(row))
  )
    return displayTable(content as object[]);
  if (isPixels(content)) return showPixels(content);
  displayBundle(bundleOf(content));
}

const isPixels = (value: unknown): value is Pixels =>
  typeof value === 'object' && value !== null && 'pixels' in value && 'shape' in value;

async function showPixels({ pixels, shape }: Pixels): Promise<void> {
  const [height, width] = shape.slice(-3);
  const bytes = height * width * 3;
  const count = shape.length === 4 ? shape[0] : 1;
  if (pixels.length !== count * bytes)
    throw new RangeError(
      `show: expected ${count * bytes} pixel bytes for the shape ${shape.join('×')}; got ${pixels.length}.`,
    );
  const tiles = Array.from({ length: Math.min(count, MOST_IMAGES) }, (_, i) => ({
    pixels: pixels.subarray(i * bytes, (i + 1) * bytes),
    size: [height, width] as const,
    lines: [],
  }));
  const { pictureGrid } = await import('../../plots/pictures/pictures.ts'); // jsdom takes a second to load
  const alt = `${count.toLocaleString('en-US')} ${count === 1 ? 'image' : 'images'} of ${height}×${width} pixels`;
  const caption =
    count > MOST_IMAGES ? `the first ${MOST_IMAGES} of ${count.toLocaleString('en-US')} images` : undefined;
  display(await pictureGrid(tiles, { side: Math.max(64, Math.min(224, width)), alt, caption }));
}

/**
 * Shows something that is replaced in place each time the returned function is called with its next state.
 * @example
 * const update = showLive();
 * update('<b>1 of 3</b>', '1 of 3');
 */
export function showLive(): (html: string, text?: string) => void {
  const id = `graft-${process.pid}-${Date.now().toString(36)}-${++ids}`;
  let shown = false;
  return (html, text) => {
    displayBundle({ 'text/html': html, 'text/plain': text ?? plainText(html) }, { id, update: shown });
    shown = true;
  };
}

function display(html: string): void {
  const text = shortened(plainText(html), MOST_TEXT);
  displayBundle({ 'text/html': html.length > MOST_TEXT && !html.includes('<') ? text : html, 'text/plain': text });
}

function displayTable(rows: readonly object[]): void {
  const { html, text } = layOut(rows);
  displayBundle({ 'text/html': html, 'text/plain': text });
}

function displayBundle(bundle: Bundle, { id, update }: { id?: string; update?: boolean } = {}): void {
  const host = notebookHost();
  if (host) host.display(bundle, { id, update });
  else if (bundle['text/plain'] && !update) console.log(bundle['text/plain']);
}

/** What comes before the picture of a plot's second drawing, for narrow screens (svg-card.ts). */
const NARROW = /(<div class="graft-\d+-\d+-narrow"[^>]*>(?:<div[^>]*>)*)<img[^>]*>/g;

/** Gives the text of HTML without its markup, including the alternative texts of pictures. */
function plainText(html: string): string {
  return html
    .replace(/<style>[^<]*<\/style>/g, '')
    .replace(/<div role="group" aria-label="([^"]*)"[^>]*>/g, ' [$1] ')
    .replace(NARROW, '$1')
    .replace(/<img[^>]*?\balt="([^"]*)"[^>]*>/g, (_, alt: string) => (alt ? ` [${alt}] ` : ''))
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
