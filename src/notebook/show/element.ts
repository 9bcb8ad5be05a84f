import { figureCard, svgCard } from '../../plots/frame/svg-card.ts';

/** The parts of an element that are needed to show it. */
export interface ElementLike {
  readonly outerHTML: string;
}

/**
 * Gives an element's HTML. A plot, `<svg>` or with a legend `<figure>`, becomes images on a white card: JupyterLab
 * strips SVG markup from notebooks that somebody else made, and the plot's black text would stand on a dark theme's
 * background.
 */
export function elementHtml(element: ElementLike): string {
  const { tagName = '' } = element as Partial<Element>;
  const tag = tagName.toLowerCase();
  if (tag === 'svg')
    return svgCard(element as Element, { alt: (element as Element).getAttribute('aria-label') ?? 'a plot' });
  if (tag === 'figure') return figureCard(element as Element);
  return element.outerHTML;
}
