import type { Dataset } from '../../data/dataset.ts';
import { plotDocument } from '../../host/document.ts';
import { escapeHtml } from '../../text/html.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import type { DrawOptions } from '../frame/card.ts';
import { type Picture, pngAddress, thumbnailAddress } from '../frame/picture-address.ts';
import { svgCard } from '../frame/svg-card.ts';

/** A picture with lines of text below it. */
export interface Tile extends Picture {
  readonly lines: readonly string[];
  /** The file that it came from: its tooltip. */
  readonly file?: string;
  /** The colour of a line under the last text, if the picture stands for a class. */
  readonly colour?: string;
}

export interface PictureGridOptions extends DrawOptions {
  /** The pictures' content in words. */
  readonly alt: string;
  readonly title?: string;
  /** Side of a picture, in CSS pixels. @default 64 */
  readonly side?: number;
  /** @default 10 */
  readonly columns?: number;
  /**
   * Whether texts start at their picture's left edge and run on below those to the right, which have none. @default
   * false
   */
  readonly wide?: boolean;
  /** Whether a picture's file is named under its text. @default false */
  readonly files?: boolean;
}

/** Options for photos shown with their files' names. */
export const NAMED = { side: 104, columns: 5, files: true } as const;

const GAP = 10;
const LINE_HEIGHT = 14;
const LETTER = 5.8; // px, about
const DIGIT = 7; // px, of which files' names often consist

/**
 * Shows pictures side by side, each with its text. Pixels stay visible, but pictures of more than twice the side are
 * photos, of which a thumbnail is kept.
 * @returns HTML
 * @example
 * const tiles = await tilesOf(images.test, [0, 1, 2]);
 * show(pictureGrid(tiles, { alt: 'Three test images' }));
 */
export async function pictureGrid(tiles: readonly Tile[], options: PictureGridOptions): Promise<string> {
  const {
    side = 64,
    columns = 10,
    title,
    alt,
    caption,
    wide = false,
    files = false,
    document = plotDocument(),
  } = options;
  checkOptions('pictureGrid', { side, columns });
  const width = Math.min(columns, Math.max(1, tiles.length)) * (side + GAP) - GAP;
  const textOf = ({ lines, file }: Tile): readonly string[] =>
    files && file ? [...lines, ...inTwo(file.split('/').at(-1)!, Math.floor(side / DIGIT))] : lines;
  // a row is as high as its longest text
  const tops = [0];
  for (let first = 0; first < tiles.length; first += columns) {
    const lines = Math.max(...tiles.slice(first, first + columns).map((tile) => textOf(tile).length));
    tops.push(tops.at(-1)! + side + GAP + lines * LINE_HEIGHT);
  }
  const height = Math.max(1, tops.at(-1)! - GAP + 6);
  const cells = await Promise.all(
    tiles.map(async (tile, i) => {
      const [x, y] = [(i % columns) * (side + GAP), tops[Math.floor(i / columns)]];
      const box = `x="${x}" y="${y}" width="${side}" height="${side}"`;
      const large = Math.min(...tile.size) > 2 * side;
      const address = large ? await thumbnailAddress(tile, 2 * side) : await pngAddress(tile);
      const how = large ? box : `${box} style="image-rendering:pixelated"`;
      const image = `<image href="${address}" ${how}${tile.file ? `><title>${escapeHtml(tile.file)}</title></image>` : '/>'}`;
      const texts = textOf(tile).map((line, l) => {
        const shown = shortened(line, wide ? width - x : side);
        const baseline = y + side + (l + 1) * LINE_HEIGHT - 2;
        const start = wide ? `x="${x}" y="${baseline}"` : `x="${x + side / 2}" y="${baseline}" text-anchor="middle"`;
        return `<text ${start}>${escapeHtml(shown)}</text>`;
      });
      const below = y + side + textOf(tile).length * LINE_HEIGHT + 2;
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

/** Cuts a text to the room there is, in pixels. */
function shortened(line: string, room: number): string {
  const letters = Math.floor(room / LETTER);
  return line.length > letters ? `${line.slice(0, letters - 1)}…` : line;
}

/** Breaks a file's name into one line or two, without its middle if two are not enough. */
function inTwo(name: string, letters: number): string[] {
  if (name.length <= letters) return [name];
  const rest = name.slice(letters);
  return [name.slice(0, letters), rest.length > letters ? `…${rest.slice(1 - letters)}` : rest];
}

/**
 * Gives some pictures of a data set as tiles, read at once.
 * @param indices positions 0..N-1
 * @param more text, and other parts of a tile, by position in `indices` @default no text
 * @example
 * const tiles = await tilesOf(images.test, [0, 1], (i) => ({ lines: [`image ${i}`] }));
 */
export async function tilesOf(
  dataset: Dataset,
  indices: readonly number[],
  more: (i: number) => Partial<Pick<Tile, 'lines' | 'colour'>> = () => ({}),
): Promise<Tile[]> {
  const { imageSize: size } = dataset;
  const bytes = size[0] * size[1] * 3;
  const pixels = await dataset.at(indices);
  return indices.map((position, i) => {
    const file = dataset.fileAt?.(position);
    return { pixels: pixels.subarray(i * bytes, (i + 1) * bytes), size, lines: [], ...(file && { file }), ...more(i) };
  });
}
