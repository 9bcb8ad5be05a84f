import type { Dataset } from '../../data/dataset.ts';
import { escapeHtml } from '../../text/html.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import type { DrawOptions } from '../frame/card.ts';
import { type RawPicture, pngAddress, thumbnailAddress } from '../frame/picture-address.ts';
import { CARD, cardLine, HEADING, NOTE } from '../frame/svg-card.ts';

/** A picture with lines of text below it. */
export interface Tile extends RawPicture {
  readonly lines: readonly string[];
  /** The file that it came from: its tooltip. */
  readonly file?: string;
  /** The colour of a line under the last text, if the picture stands for a class. */
  readonly colour?: string;
}

export interface PictureGridOptions extends Pick<DrawOptions, 'caption'> {
  /** The pictures' content in words. */
  readonly alt: string;
  readonly title?: string;
  /** Side of a picture, in CSS pixels. @default 64 */
  readonly side?: number;
  /** The most pictures beside each other; a narrow screen has fewer. @default 10 */
  readonly columns?: number;
  /** How many pictures stay together where lines break, such as a pair. @default 1 */
  readonly group?: number;
  /** The names of the groups, each above its own. @default none */
  readonly names?: readonly string[];
  /** Whether the pictures of a group lie beside each other or below each other. @default 'row' */
  readonly flow?: 'row' | 'column';
  /** Whether a picture's file is named under its text. @default false */
  readonly files?: boolean;
}

/** Options for photos shown with their files' names. */
export const NAMED = { side: 104, columns: 5, files: true } as const;

const GAP = 10;
const TEXT = '11px/14px system-ui,sans-serif';
/** The most lines that a text breaks into. */
const MOST_LINES = 3;
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
  const { side = 64, columns = 10, group = 1, flow = 'row', names, title, alt, caption, files = false } = options;
  checkOptions('pictureGrid', { side, columns, group });
  const shown = await Promise.all(tiles.map((tile) => tileHtml(tile, { side, files })));
  const groups = Array.from({ length: Math.ceil(tiles.length / group) }, (_, g) =>
    named(names?.[g], GROUPS[flow](shown.slice(g * group, (g + 1) * group), side)),
  );
  const across = flow === 'column' ? columns : Math.min(columns, Math.max(1, tiles.length));
  const width = across * (side + GAP);
  return (
    `<div style="${CARD}">${cardLine(title, HEADING, width)}` +
    `<div role="group" aria-label="${escapeHtml(alt)}" style="font:${TEXT};max-width:${width}px">${groups.join('')}</div>` +
    `${cardLine(caption, NOTE, width)}</div>`
  );
}

/** Makes a picture with its texts below it, all as wide as the picture. */
async function tileHtml(
  tile: Tile,
  { side, files }: { readonly side: number; readonly files: boolean },
): Promise<string> {
  const { lines, file, colour, size } = tile;
  const texts = files && file ? [...lines, ...inTwo(file.split('/').at(-1)!, Math.floor(side / DIGIT))] : lines;
  const large = Math.min(...size) > 2 * side;
  const address = large ? await thumbnailAddress(tile, 2 * side) : await pngAddress(tile);
  const how = `display:block${large ? '' : ';image-rendering:pixelated'}`;
  const tip = file ? ` title="${escapeHtml(file)}"` : '';
  const image = `<img alt=""${tip} width="${side}" height="${side}" style="${how}" src="${address}">`;
  const below = texts.map(
    (line) => `<div style="overflow-wrap:anywhere">${escapeHtml(shortLabel(line, MOST_LINES * side))}</div>`,
  );
  const bar = colour ? `<div style="height:3px;background:${escapeHtml(colour)}"></div>` : '';
  return `<div style="width:${side}px;text-align:center">${image}${below.join('')}${bar}</div>`;
}

const named = (name: string | undefined, html: string): string =>
  name === undefined ? html : `<div style="font-weight:600;margin-bottom:2px">${escapeHtml(name)}</div>${html}`;

const beside = (html: string): string =>
  `<div style="display:inline-block;vertical-align:top;margin:0 ${GAP}px ${GAP}px 0">${html}</div>`;

/** How pictures of a group lie: groups go on in the next line where the screen is too narrow, each as a whole. */
const GROUPS: Record<NonNullable<PictureGridOptions['flow']>, (tiles: readonly string[], side: number) => string> = {
  row: (tiles, side) =>
    tiles.length === 1
      ? beside(tiles[0])
      : `<div style="display:inline-block;vertical-align:top;max-width:100%;width:${tiles.length * (side + GAP)}px">${tiles.map(beside).join('')}</div>`,
  column: (tiles) => beside(tiles.join(`<div style="height:${GAP}px"></div>`)),
};

/** Cuts a text to the room there is, in pixels. */
function shortLabel(line: string, room: number): string {
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
