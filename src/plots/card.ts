import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';
import { escapeHtml } from '../host/html.ts';
import { type CardOptions, svgCard } from './svg-card.ts';

let page: Document | undefined;

/** The document that plots are drawn in; none is installed globally. */
export const plotDocument = (): Document => (page ??= new JSDOM('').window.document);

/**
 * A colour for each of K classes, the same in every plot: M. A. Petroff's ten, made to be told apart with any kind of
 * colour vision ("Accessible Color Sequences for Data Visualization", 2021). They repeat after ten classes.
 */
export const classColour = (k: number): string => PETROFF[k % PETROFF.length];
const PETROFF = ['#3f90da', '#ffa90e', '#bd1f01', '#94a4a2', '#832db6', '#a96b59', '#e76300', '#b9ac70', '#717581', '#92dadd'] as const;

/** Blue and vermillion of M. Okabe and K. Ito's palette, told apart with any kind of colour vision. */
export const COLOURS = { training: '#0072B2', validation: '#D55E00', neutral: '#666' } as const;

/**
 * Draws with Observable Plot. The picture becomes an image with a data: address on a white card, which JupyterLab
 * shows in a notebook of somebody else's too (it strips inline SVG there), in light and dark themes, and which an
 * exported page carries with it.
 * @returns HTML
 */
export function plotCard(options: Plot.PlotOptions, card: CardOptions): string {
  const document = plotDocument();
  const style = { fontFamily: 'system-ui, sans-serif', fontSize: '12px', background: 'white', color: '#222' };
  const element = Plot.plot({ ...options, style, document });
  if (element.tagName.toLowerCase() === 'svg') return svgCard(element, card);
  // with a legend Plot returns a <figure>: swatches, which need a style sheet, and the picture (a legend of a continuous scale needs a canvas,
  // which jsdom does not have)
  const pictures = element.querySelectorAll('svg');
  const picture = pictures[pictures.length - 1];
  const { domain = [], range = [] } = element.scale('color')!;
  const swatch = (name: unknown, i: number): string =>
    `<span style="display:inline-block;margin-right:12px"><span style="display:inline-block;width:11px;height:11px;background:${escapeHtml(String([...range][i % [...range].length]))}"></span> ${escapeHtml(String(name))}</span>`;
  const legend = `<div style="font:12px system-ui,sans-serif;margin-bottom:4px">${[...domain].map(swatch).join('')}</div>`;
  return svgCard(picture, { ...card, legend });
}

/** 0.852 → 85.2 %. */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;
