import { escapeHtml } from '../../text/html.ts';
import { svgXml } from './svg-xml.ts';

export interface CardOptions {
  /** The picture's content in words, for readers who can't see it. */
  readonly alt: string;
  readonly title?: string;
  /** What the figures are based on: n, seed, data, weights. */
  readonly caption?: string;
  /** HTML between title and picture. */
  readonly legend?: string;
  /** HTML over the picture, positioned in per cent of it. */
  readonly over?: string;
  /** The same drawn for a narrow screen. */
  readonly narrow?: Element;
}

/** The style of the white card that a picture lies on. */
export const CARD =
  'background:#fff;color:#222;display:inline-block;max-width:100%;box-sizing:border-box;' +
  'padding:10px 12px;border-radius:6px';

/**
 * Shows an SVG element as an image on a white card. Its `<title>` elements appear as the tooltips of their shapes: a
 * picture in an `<img>` has no tooltips of its own, so a transparent box lies over each shape.
 * @returns HTML
 */
export function svgCard(svg: Element, { alt, title, caption, legend = '', over = '', narrow }: CardOptions): string {
  const width = Number(svg.getAttribute('width'));
  const picture = narrow ? bothWidths(svg, narrow, { alt, over }) : pictureWithTooltips(svg, alt, over);
  const card = `<div style="${CARD}">${cardLine(title, HEADING, width)}${legend}${picture}${cardLine(caption, NOTE, width)}</div>`;
  return narrow ? `<div style="container-type:inline-size">${card}</div>` : card;
}

/** The styles of a card's title and of its caption. */
export const HEADING = 'font:600 14px system-ui,sans-serif;margin-bottom:4px';
export const NOTE = 'font:12px system-ui,sans-serif;color:#555;margin-top:4px';

/** Makes a line of a card, which breaks where its picture ends. */
export const cardLine = (text: string | undefined, style: string, width: number): string =>
  text ? `<div style="${style};max-width:${Math.max(NARROWEST, width)}px">${escapeHtml(text)}</div>` : '';

/** How much smaller than drawn a picture may be shown, so that its texts of 11 pixels have 10 or more. */
const SMALLEST_SCALE = 0.92;
/** What a card adds to its picture's width, in pixels. */
const PADDING = 24;

/**
 * Shows one of two drawings by the room that there is. Where JupyterLab strips the style sheet, as in a notebook that
 * is not trusted, the wide one is there.
 */
function bothWidths(
  wide: Element,
  narrow: Element,
  { alt, over }: { readonly alt: string; readonly over: string },
): string {
  const [width, least] = [wide, narrow].map((svg) => Number(svg.getAttribute('width')));
  const limit = Math.ceil(SMALLEST_SCALE * width + PADDING);
  const name = `graft-${Math.round(width)}-${Math.round(least)}`;
  const rules = `.${name}-wide{display:none}.${name}-narrow{display:block!important}`;
  const room = `min-width:${Math.ceil(SMALLEST_SCALE * least)}px`;
  return (
    `<style>@container (max-width:${limit}px){${rules}}</style>` +
    `<div class="${name}-wide">${pictureWithTooltips(wide, alt, over)}</div>` +
    `<div class="${name}-narrow" style="display:none;overflow-x:auto">` +
    `<div style="${room}">${pictureWithTooltips(narrow, alt, over)}</div></div>`
  );
}

/**
 * The least width at which texts break, in CSS pixels, as captions are long; else they break at the picture's width.
 */
const NARROWEST = 360;

const RAMP_MARGIN = 12; // px

/**
 * Makes room for the outer numbers of a colour ramp, which Plot lets stick out; a picture shows nothing outside itself.
 */
function widen(svg: Element): void {
  const [width, height] = ['width', 'height'].map((name) => Number(svg.getAttribute(name)));
  svg.setAttribute('viewBox', `${-RAMP_MARGIN} 0 ${width + 2 * RAMP_MARGIN} ${height}`);
  svg.setAttribute('width', String(width + 2 * RAMP_MARGIN));
}

/**
 * Wraps a picture in a box of its own width, whatever is above and below: tooltips are positioned in per cent of it.
 */
const pictureWithTooltips = (svg: Element, alt: string, over = ''): string =>
  `<div style="position:relative;width:fit-content">${svgImage(svg, alt)}${tooltips(svg)}${over}</div>`;

/** Gives an SVG element as an image with a data: address. */
function svgImage(svg: Element, alt: string, display = 'display:block'): string {
  if (svg.getAttribute('class')?.endsWith('-ramp')) widen(svg);
  const source = Buffer.from(svgXml(svg)).toString('base64');
  const style = `max-width:100%;height:auto;${display}`;
  const size = `width="${Number(svg.getAttribute('width'))}"`;
  return `<img alt="${escapeHtml(alt)}" ${size} style="${style}" src="data:image/svg+xml;base64,${source}">`;
}

/** Shows a `<figure>` with pictures and a legend, as Plot returns it, on a white card. */
export function figureCard(figure: Element): string {
  const copy = figure.cloneNode(true) as Element;
  const alt = copy.querySelector('figcaption, h2')?.textContent ?? 'a plot';
  for (const style of copy.querySelectorAll('div > style')) style.remove(); // of swatches, which need none
  for (const svg of copy.querySelectorAll('svg')) {
    const swatch = Number(svg.getAttribute('width')) < 30;
    svg.outerHTML = swatch
      ? svgImage(svg, '', 'display:inline-block;vertical-align:middle;margin:0 4px 0 10px')
      : pictureWithTooltips(svg, alt);
  }
  return `<div style="${CARD};font:12px system-ui,sans-serif">${copy.outerHTML}</div>`;
}

const SMALLEST = 6; // px that a mouse can hit

function tooltips(svg: Element): string {
  const [width, height] = ['width', 'height'].map((name) => Number(svg.getAttribute(name)));
  const share = (value: number, of: number): string => `${((100 * value) / of).toFixed(2)}%`;
  return [...svg.querySelectorAll('title')]
    .flatMap((title) => {
      const [x, y, w, h] = boxOf(title.parentElement!);
      if (!w) return [];
      const [dx, dy] = offsetOf(title.parentElement!, svg);
      const box = `left:${share(x + dx, width)};top:${share(y + dy, height)};width:${share(w, width)};height:${share(h, height)}`;
      return [`<span title="${escapeHtml(title.textContent ?? '')}" style="position:absolute;${box}"></span>`];
    })
    .join('');
}

/** Gives a shape's place by its own attributes; for a symbol, which is a path, a box around its shifted origin. */
function boxOf(shape: Element): [x: number, y: number, width: number, height: number] {
  const number = (name: string): number => Number(shape.getAttribute(name) ?? 0);
  const round = (x: number, y: number, r: number): [number, number, number, number] => [x - r, y - r, 2 * r, 2 * r];
  if (shape.tagName === 'circle') return round(number('cx'), number('cy'), Math.max(SMALLEST / 2, number('r')));
  if (shape.tagName === 'rect' || shape.tagName === 'image')
    return [number('x'), number('y'), number('width'), number('height')];
  if (shape.tagName === 'path' && shape.getAttribute('transform')) return round(0, 0, SMALLEST);
  return [0, 0, 0, 0];
}

/** Sums how far an element is shifted by itself and those around it; Plot shifts only by `translate`. */
export function offsetOf(element: Element, svg: Element): [x: number, y: number] {
  let [x, y] = [0, 0];
  for (let one: Element | null = element; one && one !== svg; one = one.parentElement) {
    const [, dx = 0, dy = 0] =
      /translate\(\s*([-\d.e]+)[\s,]*([-\d.e]+)?/.exec(one.getAttribute('transform') ?? '') ?? [];
    [x, y] = [x + Number(dx), y + Number(dy)];
  }
  return [x, y];
}
