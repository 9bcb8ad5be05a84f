import { offsetOf } from '../../plots/frame/svg-card.ts';

/** The most places where a tip is asked for; a line with more points has one at every few. */
const MOST = 500;

const TIP = 'g[aria-label="tip"]';

/** A raster is one picture of many values: it is asked in so many tiles along each side. */
const TILES = 16;

/** Where a pointer might stand: on a shape, in a tile of a raster, or at a point of a line. */
interface Spot {
  readonly x: number;
  readonly y: number;
  readonly shape?: Element;
  /** In px. */
  readonly tile?: { readonly width: number; readonly height: number };
}

/** What draws data; axes, grids and frames do not. */
const MARKS = 'g[aria-label]:not([aria-label="tip"], [aria-label="frame"], [aria-label*="axis"], [aria-label*="grid"])';

/**
 * Writes what Plot's tips (`tip: true`) would say to a pointer as the `<title>` of shapes, of unseen tiles of rasters, and
 * of unseen circles at texts and at the points of lines, areas and links: a picture in a page has no pointer, and svgCard makes titles into
 * tooltips.
 * @param svg Plot's, in a jsdom document
 */
export function writeTips(svg: SVGSVGElement): void {
  // tips that are always shown say nothing about the pointer's place
  const standing = new Set([...svg.querySelectorAll(TIP)].filter((tip) => tip.querySelector('text')));
  if (svg.querySelectorAll(TIP).length === standing.size) return;
  const given = new Set<string>();
  for (const { x, y, shape, tile } of spots(svg)) {
    if (shape?.querySelector('title')) continue;
    point(svg, x, y);
    const said = tipText(svg, standing);
    if (!said || (!shape && !tile && given.has(said))) continue;
    given.add(said);
    addTitle(svg, said, shape ?? unseen(svg, tile ? rectangle(x, y, tile) : { cx: x, cy: y, r: 4 }));
  }
  point(svg, -1e6, -1e6); // away, so that no tip stays
}

/** Gives the places to ask at: those on shapes first, as others that say the same are left out. */
function spots(svg: SVGSVGElement): Spot[] {
  const drawn = [...new Set([...svg.querySelectorAll(MARKS)].flatMap((group) => [...group.querySelectorAll('*')]))];
  const found = drawn
    .flatMap((element) => spotsOf(element, svg))
    .sort((a, b) => Number(a.shape === undefined) - Number(b.shape === undefined));
  const step = Math.ceil(found.length / MOST);
  return found.filter((_, i) => i % step === 0);
}

function spotsOf(element: Element, svg: Element): Spot[] {
  if (element.closest('defs, pattern, clipPath')) return [];
  const [x, y] = offsetOf(element, svg);
  switch (element.tagName) {
    case 'circle':
    case 'rect':
    case 'image':
      if (element.closest('[aria-label="raster"]')) return tiles(element, svg);
      return [{ ...centre(element, svg), shape: element }];
    case 'path':
      return element.hasAttribute('transform') ? [{ x, y, shape: element }] : alongPath(element, svg);
    case 'line': {
      const [x1, x2, y1, y2] = ['x1', 'x2', 'y1', 'y2'].map((name) => Number(element.getAttribute(name) ?? 0));
      return [{ x: x + (x1 + x2) / 2, y: y + (y1 + y2) / 2 }];
    }
    case 'text':
      return [{ x, y }];
    default:
      return [];
  }
}

function centre(shape: Element, svg: Element): Spot {
  const number = (name: string): number => Number(shape.getAttribute(name) ?? 0);
  const [dx, dy] = offsetOf(shape, svg);
  if (shape.tagName === 'circle') return { x: number('cx') + dx, y: number('cy') + dy };
  return { x: number('x') + number('width') / 2 + dx, y: number('y') + number('height') / 2 + dy };
}

/** Gives the tiles of a raster, which Plot mirrors by `scale(1,-1)` where its values begin at the bottom. */
function tiles(raster: Element, svg: Element): Spot[] {
  const [width, height] = ['width', 'height'].map((name) => Number(raster.getAttribute(name) ?? 0) / TILES);
  const [x, y] = offsetOf(raster, svg);
  const [, across = 1, down = 1] = /scale\((-?1),(-?1)\)/.exec(raster.getAttribute('transform') ?? '') ?? [];
  return Array.from({ length: TILES ** 2 }, (_, i) => ({
    x: x + Number(across) * width * ((i % TILES) + 0.5),
    y: y + Number(down) * height * (Math.floor(i / TILES) + 0.5),
    tile: { width, height },
  }));
}

/** Gives a path's points; of links and arrows also their middle, where Plot has their tip. */
function alongPath(path: Element, svg: Element): Spot[] {
  const points = vertices(path, svg);
  const isLink = /^(link|arrow)$/.test(path.closest('[aria-label]')!.getAttribute('aria-label')!);
  if (!isLink || points.length < 2) return points;
  const [from, to] = points;
  return [{ x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }, ...points];
}

/** Gives the points that a path goes through: the last pair of each of its commands. */
function vertices(path: Element, svg: Element): Spot[] {
  const [dx, dy] = offsetOf(path, svg);
  return [...(path.getAttribute('d') ?? '').matchAll(/[MLC]([^A-Z]*)/g)].map(([, numbers]) => {
    const [x, y] = numbers
      .split(/[\s,]+/)
      .slice(-2)
      .map(Number);
    return { x: x + dx, y: y + dy };
  });
}

function point(svg: SVGSVGElement, clientX: number, clientY: number): void {
  const { MouseEvent } = svg.ownerDocument.defaultView!;
  withAnimationFrames(() => svg.dispatchEvent(new MouseEvent('pointermove', { clientX, clientY })));
}

/** Gives the lines of the tip that is shown: name and value each. */
function tipText(svg: SVGSVGElement, standing: ReadonlySet<Element>): string {
  const tips = [...svg.querySelectorAll(TIP)].filter((tip) => !standing.has(tip));
  const lines = [...tips.flatMap((tip) => [...tip.querySelectorAll('text > tspan')])].map((line) => {
    const full = line.querySelector('title')?.textContent;
    const label = line.querySelector('tspan[font-weight="bold"]')?.textContent ?? '';
    const text = full ? `${label} ${full}` : (line.textContent ?? '');
    return text
      .replace(label, `${label}:`)
      .replace(/\u200b| ■/g, '')
      .trim();
  });
  return lines.map((line) => line.replace(/^:\s*/, '')).join('\n');
}

function addTitle(svg: SVGSVGElement, text: string, shape: Element): void {
  const title = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'title');
  title.textContent = text;
  shape.append(title);
}

function rectangle(x: number, y: number, { width, height }: NonNullable<Spot['tile']>): Record<string, number> {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function unseen(svg: SVGSVGElement, place: Readonly<Record<string, number>>): Element {
  const name = 'r' in place ? 'circle' : 'rect';
  const spot = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries({ ...place, fill: 'none', stroke: 'none' }))
    spot.setAttribute(key, String(value));
  svg.append(spot);
  return spot;
}

/**
 * Runs the callbacks for animation frames when the work is done, since there are no frames here. In one, a tip is made
 * as large as its words, and facets decide which of them shows its tip.
 */
export function withAnimationFrames<T>(work: () => T): T {
  const globals = globalThis as { requestAnimationFrame?: unknown; cancelAnimationFrame?: unknown };
  const waiting: (() => void)[] = [];
  globals.requestAnimationFrame = (draw: () => void): number => waiting.push(draw);
  globals.cancelAnimationFrame = () => undefined;
  try {
    const result = work();
    while (waiting.length) waiting.shift()!();
    return result;
  } finally {
    delete globals.requestAnimationFrame;
    delete globals.cancelAnimationFrame;
  }
}
