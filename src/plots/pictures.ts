import sharp from 'sharp';
import type { Images } from '../data/images.ts';
import { mostProbable } from '../training/evaluate.ts';
import { classColour, plotDocument } from './card.ts';
import { escapeHtml } from '../host/html.ts';
import { svgCard } from './svg-card.ts';

/** A picture with lines of text below it. */
export interface Tile {
  /** [H, W, 3] uint8 RGB. */
  readonly pixels: Uint8Array;
  readonly size: readonly [height: number, width: number];
  readonly lines: readonly string[];
  /** Of a line under the last text, where the picture stands for a class. */
  readonly colour?: string;
}

/**
 * Pictures side by side, each with its caption; pixels stay pixels.
 * @param options.side of a picture, in CSS pixels @default 64
 * @param options.columns @default 10
 * @param options.wide texts start at their picture's left edge and may run on to the right @default false
 */
export async function pictureGrid(
  tiles: readonly Tile[],
  {
    side = 64,
    columns = 10,
    title,
    alt,
    caption,
    wide = false,
  }: {
    readonly side?: number;
    readonly columns?: number;
    readonly title?: string;
    readonly alt: string;
    readonly caption?: string;
    /** A text may run on below the pictures to the right of its own; they then have none. */
    readonly wide?: boolean;
  },
): Promise<string> {
  const gap = 10;
  const lineHeight = 14;
  const width = Math.min(columns, Math.max(1, tiles.length)) * (side + gap) - gap;
  // a row is as high as its longest text
  const tops = [0];
  for (let first = 0; first < tiles.length; first += columns) {
    const lines = Math.max(...tiles.slice(first, first + columns).map((tile) => tile.lines.length));
    tops.push(tops.at(-1)! + side + gap + lines * lineHeight);
  }
  const height = tops.at(-1)! - gap + 6;
  const cells = await Promise.all(
    tiles.map(async (tile, i) => {
      const [x, y] = [(i % columns) * (side + gap), tops[Math.floor(i / columns)]];
      const image = `<image href="${await pngAddress(tile)}" x="${x}" y="${y}" width="${side}" height="${side}" style="image-rendering:pixelated"/>`;
      const text = tile.lines.map((line, l) => {
        // at about 6 px a letter
        const room = Math.floor((wide ? width - x : side) / 5.8);
        const shown = line.length > room ? `${line.slice(0, room - 1)}…` : line;
        if (wide) return `<text x="${x}" y="${y + side + (l + 1) * lineHeight - 2}">${escapeHtml(shown)}</text>`;
        return `<text x="${x + side / 2}" y="${y + side + (l + 1) * lineHeight - 2}" text-anchor="middle">${escapeHtml(shown)}</text>`;
      });
      const below = y + side + tile.lines.length * lineHeight + 2;
      const bar = tile.colour ? `<rect x="${x}" y="${below}" width="${side}" height="3" fill="${tile.colour}"/>` : '';
      return image + text.join('') + bar;
    }),
  );
  const holder = plotDocument().createElement('div');
  holder.innerHTML = `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11" fill="#222">${cells.join('')}</svg>`;
  return svgCard(holder.firstElementChild!, { title, alt, caption });
}

async function pngAddress({ pixels, size: [height, width] }: Tile): Promise<string> {
  const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

/** One image of a set as a tile. */
export function tile(images: Images, index: number, lines: readonly string[] = []): Tile {
  const [, height, width] = images.shape;
  const bytes = height * width * 3;
  return { pixels: images.pixels.subarray(index * bytes, (index + 1) * bytes), size: [height, width], lines };
}

/** A few images of each class, one class a column. */
export async function sampleGrid(images: Images, { rows = 4, caption }: { readonly rows?: number; readonly caption?: string } = {}): Promise<string> {
  const { classNames, labels } = images;
  const byClass = classNames.map((_, k) => Array.from(labels.keys()).filter((i) => labels[i] === k));
  const tiles: Tile[] = [];
  for (let r = 0; r < rows; r++) {
    for (const [k, members] of byClass.entries()) {
      if (members[r] === undefined) continue;
      tiles.push(r === rows - 1 ? { ...tile(images, members[r], [classNames[k]]), colour: classColour(k) } : tile(images, members[r]));
    }
  }
  return pictureGrid(tiles, {
    columns: classNames.length,
    title: `${images.name}: ${images.shape[0].toLocaleString('en-US')} images of ${classNames.length} classes`,
    alt: `${rows} sample images of each class: ${classNames.join(', ')}.`,
    caption,
  });
}

/**
 * The mistakes that the classifier was surest of: what it said, how sure it was, what it is.
 * @param probabilities [N, K] float32
 */
export async function confidentMistakes(
  images: Images,
  probabilities: Float32Array,
  { count = 16, caption }: { readonly count?: number; readonly caption?: string } = {},
): Promise<string> {
  const k = images.classNames.length;
  const mistakes = Array.from(mostProbable(probabilities, k), (guess, index) => ({
    index,
    label: images.labels[index],
    guess,
    sure: probabilities[index * k + guess],
  }))
    .filter(({ label, guess }) => label !== guess)
    .sort((a, b) => b.sure - a.sure)
    .slice(0, count);
  const tiles = mistakes.map(({ index, label, guess, sure }) =>
    tile(images, index, [`${images.classNames[guess]} ${(100 * sure).toFixed(0)} %`, `is ${images.classNames[label]}`]),
  );
  return pictureGrid(tiles, {
    side: 88,
    columns: 8,
    title: `The ${mistakes.length} most confident mistakes`,
    alt: `Most confident mistakes: ${mistakes
      .slice(0, 3)
      .map((m) => `${images.classNames[m.label]} taken for ${images.classNames[m.guess]}`)
      .join('; ')}.`,
    caption,
  });
}
