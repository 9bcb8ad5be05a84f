import type { Dataset } from '../data/dataset.ts';
import { plotDocument } from '../host/document.ts';
import { escapeHtml } from '../host/html.ts';
import type { DrawOptions } from './card.ts';
import { type Picture, pngAddress } from './picture-address.ts';
import { svgCard } from './svg-card.ts';

/** A picture with lines of text below it. */
export interface Tile extends Picture {
  readonly lines: readonly string[];
  /** Of a line under the last text, where the picture stands for a class. */
  readonly colour?: string;
}

export interface PictureGridOptions extends DrawOptions {
  /** Says in words what the pictures show. */
  readonly alt: string;
  readonly title?: string;
  /** Of a picture, in CSS pixels. @default 64 */
  readonly side?: number;
  /** @default 10 */
  readonly columns?: number;
  /** Texts start at their picture's left edge and run on below those to the right, which have none. @default false */
  readonly wide?: boolean;
}

const GAP = 10;
const LINE_HEIGHT = 14;
const LETTER = 5.8; // px, about

/**
 * Pictures side by side, each with its text; pixels stay pixels.
 * @returns HTML
 */
export async function pictureGrid(tiles: readonly Tile[], options: PictureGridOptions): Promise<string> {
  const { side = 64, columns = 10, title, alt, caption, wide = false, document = plotDocument() } = options;
  const width = Math.min(columns, Math.max(1, tiles.length)) * (side + GAP) - GAP;
  // a row is as high as its longest text
  const tops = [0];
  for (let first = 0; first < tiles.length; first += columns) {
    const lines = Math.max(...tiles.slice(first, first + columns).map((tile) => tile.lines.length));
    tops.push(tops.at(-1)! + side + GAP + lines * LINE_HEIGHT);
  }
  const height = Math.max(1, tops.at(-1)! - GAP + 6);
  const cells = await Promise.all(
    tiles.map(async (tile, i) => {
      const [x, y] = [(i % columns) * (side + GAP), tops[Math.floor(i / columns)]];
      const place = `x="${x}" y="${y}" width="${side}" height="${side}"`;
      const image = `<image href="${await pngAddress(tile)}" ${place} style="image-rendering:pixelated"/>`;
      const texts = tile.lines.map((line, l) => {
        const shown = shortened(line, wide ? width - x : side);
        const baseline = y + side + (l + 1) * LINE_HEIGHT - 2;
        const start = wide ? `x="${x}" y="${baseline}"` : `x="${x + side / 2}" y="${baseline}" text-anchor="middle"`;
        return `<text ${start}>${escapeHtml(shown)}</text>`;
      });
      const below = y + side + tile.lines.length * LINE_HEIGHT + 2;
      const bar = tile.colour ? `<rect x="${x}" y="${below}" width="${side}" height="3" fill="${tile.colour}"/>` : '';
      return image + texts.join('') + bar;
    }),
  );
  const holder = document.createElement('div');
  holder.innerHTML =
    `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="system-ui, sans-serif" font-size="11" fill="#222">${cells.join('')}</svg>`;
  return svgCard(holder.firstElementChild!, { title, alt, caption });
}

/** As much of a text as there is room for, in pixels. */
function shortened(line: string, room: number): string {
  const letters = Math.floor(room / LETTER);
  return line.length > letters ? `${line.slice(0, letters - 1)}…` : line;
}

/**
 * Some pictures of a data set as tiles, read at once.
 * @param indices places 0..N-1
 * @param more text, and what else a tile has, by place in `indices` @default no text
 */
export async function tilesOf(
  dataset: Dataset,
  indices: readonly number[],
  more: (i: number) => Partial<Pick<Tile, 'lines' | 'colour'>> = () => ({}),
): Promise<Tile[]> {
  const { imageSize: size } = dataset;
  const bytes = size[0] * size[1] * 3;
  const pixels = await dataset.at(indices);
  return indices.map((_, i) => ({ pixels: pixels.subarray(i * bytes, (i + 1) * bytes), size, lines: [], ...more(i) }));
}
