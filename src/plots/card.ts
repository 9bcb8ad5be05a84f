import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';
import { escapeHtml } from './html.ts';

let page: Document | undefined;

/** The document that plots are drawn in; none is installed globally. */
export const plotDocument = (): Document => (page ??= new JSDOM('').window.document);

/** Blue and vermillion of M. Okabe and K. Ito's palette, told apart with any kind of colour vision. */
export const COLOURS = { training: '#0072B2', validation: '#D55E00', neutral: '#666' } as const;

export interface CardOptions {
  /** Says in words what the picture shows, for readers who can't see it. */
  readonly alt: string;
  readonly title?: string;
  /** What the figures rest on: n, seed, data, weights. */
  readonly caption?: string;
}

/**
 * Draws with Observable Plot. The picture becomes an image with a data: address on a white card, which JupyterLab
 * shows in a notebook of somebody else's too (it strips inline SVG there), in light and dark themes, and which an
 * exported page carries with it.
 * @returns HTML
 */
export function plotCard(options: Plot.PlotOptions, card: CardOptions): string {
  const document = plotDocument();
  const style = { fontFamily: 'system-ui, sans-serif', fontSize: '12px', background: 'white', color: '#222' };
  // a legend would make Plot return a <figure>; titles and captions are ours, so there is only ever an <svg>
  const element = Plot.plot({ ...options, style, document });
  return svgCard(element.tagName.toLowerCase() === 'svg' ? element : element.querySelector('svg:last-of-type')!, card);
}

/** An SVG element as an image on a white card. */
export function svgCard(svg: Element, { alt, title, caption }: CardOptions): string {
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('xmlns:xlink', 'http://www.w3.org/1999/xlink');
  const width = Number(svg.getAttribute('width'));
  const source = Buffer.from(svg.outerHTML.replaceAll('&nbsp;', '&#160;')).toString('base64');
  const heading = title ? `<div style="font:600 14px system-ui,sans-serif;margin-bottom:4px">${escapeHtml(title)}</div>` : '';
  const note = caption ? `<div style="font:12px system-ui,sans-serif;color:#555;margin-top:4px">${escapeHtml(caption)}</div>` : '';
  return (
    `<div style="background:#fff;color:#222;display:inline-block;max-width:100%;box-sizing:border-box;padding:10px 12px;border-radius:6px">` +
    `${heading}<img alt="${escapeHtml(alt)}" width="${width}" style="max-width:100%;height:auto;display:block" src="data:image/svg+xml;base64,${source}">${note}</div>`
  );
}

/** 0.852 → 85.2 %. */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;
