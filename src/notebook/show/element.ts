import { figureCard, svgCard } from '../../plots/frame/svg-card.ts';

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
  if (tag === 'svg')
    return svgCard(element as Element, { alt: (element as Element).getAttribute('aria-label') ?? 'a plot' });
  if (tag === 'figure') return figureCard(element as Element);
  return element.outerHTML;
}
