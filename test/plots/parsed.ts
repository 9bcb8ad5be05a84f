import { JSDOM } from 'jsdom';

/** The page's markup, and the drawn pictures' SVG, parsed as strictly as a browser does in an <img>. */
export function parsed(html: string): { page: Document; pictures: Document[] } {
  const page = new JSDOM(html).window.document;
  const pictures = [...page.querySelectorAll<HTMLImageElement>('img[src^="data:image/svg+xml"]')].map((img) => {
    const svg = Buffer.from(img.src.replace('data:image/svg+xml;base64,', ''), 'base64').toString('utf8');
    return new JSDOM(svg, { contentType: 'image/svg+xml' }).window.document;
  });
  return { page, pictures };
}

/** The pictures of a grid, and the texts beneath them. */
export const grid = (page: Document): { images: HTMLImageElement[]; texts: string[]; alt: string } => {
  const group = page.querySelector('[role="group"]')!;
  const leaves = [...group.querySelectorAll('div')].filter((div) => !div.childElementCount && div.textContent);
  return {
    images: [...group.querySelectorAll('img')],
    texts: leaves.map((div) => div.textContent ?? ''),
    alt: group.getAttribute('aria-label') ?? '',
  };
};

export const texts = (svg: Document): string[] =>
  [...svg.querySelectorAll('text')].map((text) => text.textContent ?? '');
