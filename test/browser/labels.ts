import type { Page } from 'playwright-core';

/**
 * Says what is wrong with the texts of a page's plots, as drawn: two that overlap, one that ends outside its picture,
 * one that is smaller than 10 pixels. A picture that the page does not show, as it has the one for another width, is
 * left out.
 */
export function faultyLabels(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    type Point = readonly [x: number, y: number];
    // an arrow of an axis and the space around a text do not touch anything
    const corners = (text: SVGTextElement): Point[] => {
      const { x, y, width, height } = text.getBBox();
      const ctm = text.getScreenCTM()!;
      const [dx, dy] = [Math.min(1, width / 4), height * 0.18];
      return [
        [x + dx, y + dy],
        [x + width - dx, y + dy],
        [x + width - dx, y + height - dy],
        [x + dx, y + height - dy],
      ].map(([px, py]) => [ctm.a * px + ctm.c * py + ctm.e, ctm.b * px + ctm.d * py + ctm.f]);
    };
    // two boxes, turned or not, overlap if no side of either lies between them
    const overlap = (a: Point[], b: Point[]): boolean =>
      [a, b].every((box) =>
        [0, 1].every((side) => {
          const normal = [box[side + 1][1] - box[side][1], box[side][0] - box[side + 1][0]];
          const along = (points: Point[]) => points.map(([x, y]) => x * normal[0] + y * normal[1]);
          const [p, q] = [along(a), along(b)];
          return Math.max(...p) > Math.min(...q) && Math.max(...q) > Math.min(...p);
        }),
      );
    const found: string[] = [];
    for (const img of document.querySelectorAll<HTMLImageElement>('img[src^="data:image/svg+xml"]')) {
      if (!img.clientWidth) continue;
      await img.decode();
      const holder = document.createElement('div');
      holder.style.cssText = 'position:absolute;left:0;top:0';
      const bytes = Uint8Array.from(atob(img.src.split(',')[1]), (c) => c.charCodeAt(0));
      holder.innerHTML = new TextDecoder().decode(bytes);
      document.body.append(holder);
      const svg = holder.querySelector('svg')!;
      const frame = svg.getBoundingClientRect();
      const scale = img.clientWidth / frame.width;
      const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent.trim());
      const boxes = texts.map(corners);
      const say = (what: string): void => {
        found.push(`${img.alt.slice(0, 50)} (${document.documentElement.clientWidth} px): ${what}`);
      };
      for (const [i, text] of texts.entries()) {
        const size = scale * Number.parseFloat(getComputedStyle(text).fontSize);
        if (size < 10) say(`"${text.textContent}" has ${size.toFixed(1)} px`);
        if (
          boxes[i].some(
            ([x, y]) => x < frame.left - 1 || x > frame.right + 1 || y < frame.top - 1 || y > frame.bottom + 1,
          )
        )
          say(`"${text.textContent}" ends outside`);
        for (let j = i + 1; j < texts.length; j++)
          if (overlap(boxes[i], boxes[j])) say(`"${text.textContent}" on "${texts[j].textContent}"`);
      }
      holder.remove();
    }
    return found;
  });
}
