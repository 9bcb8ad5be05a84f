import * as Plot from '@observablehq/plot';
import { plotDocument } from '../../host/document.ts';
import { escapeHtml } from '../../text/html.ts';
import { type CardOptions, svgCard } from './svg-card.ts';

/** The options of every plot. */
export interface DrawOptions {
  /** What the figures are based on. @default n, seed, data and network, as far as the drawn object knows them */
  readonly caption?: string;
  /** The document that the plot is drawn in. @default a browser's own, else one of jsdom's */
  readonly document?: Document;
}

/**
 * Gives a colour for each of K classes, the same in every plot: M. A. Petroff's ten, made to be told apart with any
 * kind of colour vision ("Accessible Color Sequences for Data Visualization", 2021). They repeat after ten classes.
 */
export const classColour = (k: number): string => PETROFF[k % PETROFF.length];
const PETROFF = [
  '#3f90da',
  '#ffa90e',
  '#bd1f01',
  '#94a4a2',
  '#832db6',
  '#a96b59',
  '#e76300',
  '#b9ac70',
  '#717581',
  '#92dadd',
] as const;

/** Blue and vermillion of M. Okabe and K. Ito's palette, told apart with any kind of colour vision. */
export const COLOURS = { training: '#0072B2', validation: '#D55E00', neutral: '#666' } as const;

const STYLE = { fontFamily: 'system-ui, sans-serif', fontSize: '12px', background: 'white', color: '#222' } as const;

/** Room for an axis' name above its highest tick, in pixels. */
const MARGIN_TOP = 26;

/**
 * Draws with Observable Plot. The picture becomes an image with a data: address on a white card. JupyterLab shows it in
 * other people's notebooks too (it strips inline SVG there), in light and dark themes, and an exported page contains
 * it. A wide plot is drawn a second time for a narrow screen, and the page shows the one that fits.
 * @param options what Plot takes, or a function that gives it for a width in pixels, or, without one, as wide as it is
 * @returns HTML
 * @example
 * const bars = Plot.barX(train.labels, Plot.groupY({ x: 'count' }, { y: (label: number) => train.classNames[label] }));
 * show(plotCard({ marks: [bars] }, { alt: 'Images of each class' }));
 */
export function plotCard(
  options: Plot.PlotOptions | ((width?: number) => Plot.PlotOptions),
  { document = plotDocument(), ...card }: CardOptions & Pick<DrawOptions, 'document'>,
): string {
  const optionsAt =
    typeof options === 'function' ? options : (width?: number) => ({ ...options, ...(width && { width }) });
  const draw = (width?: number) => Plot.plot({ marginTop: MARGIN_TOP, ...optionsAt(width), style: STYLE, document });
  const element = draw();
  const svg = svgOf(element);
  const width = Number(svg.getAttribute('width'));
  const both = { ...card, ...(width > WIDE && { narrow: svgOf(draw(NARROW)) }) };
  if (element === svg) return svgCard(svg, both);
  // with a legend Plot returns a <figure>: swatches, which need a style sheet, and the picture (a legend of a
  // continuous scale needs a canvas, which jsdom does not have)
  const { domain = [], range = [] } = element.scale('color')!;
  const colours = [...range].map(String);
  const entries = [...domain].map((name, i) => swatch(String(name), colours[i % colours.length]));
  const legend = `<div style="${LEGEND};max-width:${width}px">${entries.join('')}</div>`;
  return svgCard(svg, { ...both, legend });
}

/** A drawing of more pixels is drawn a second time, for a screen of a phone; and how wide that one is. */
const [WIDE, NARROW] = [400, 340];

const svgOf = (element: Element): Element =>
  element.tagName.toLowerCase() === 'svg' ? element : [...element.querySelectorAll('svg')].at(-1)!;

/** The style of a legend. */
export const LEGEND = 'font:12px system-ui,sans-serif;margin-bottom:4px';

/** Makes one entry of a legend: a colour and its name, as HTML. */
export function swatch(name: string, colour: string, { round = false }: { readonly round?: boolean } = {}): string {
  const shape = `display:inline-block;width:11px;height:11px;background:${escapeHtml(colour)}`;
  return (
    `<span style="display:inline-block;margin-right:12px">` +
    `<span style="${shape}${round ? ';border-radius:6px' : ''}"></span> ${escapeHtml(name)}</span>`
  );
}

/** Writes a share in per cent: 0.852 → 85.2 %. */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;

/** Writes a count: 2500 → 2,500. */
export const count = (n: number): string => n.toLocaleString('en-US');
