import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { Images } from '../data/images.ts';
import { classColour, plotDocument } from './card.ts';
import { escapeHtml } from '../host/html.ts';
import { svgCard } from './svg-card.ts';

const [WIDTH, HEIGHT, MARGIN] = [620, 460, 14];
/** Of a picture that appears on hover, in CSS pixels. */
const SHOWN = 72;

/**
 * A map with a dot for each image, coloured by class; a mistake has a ring. Pointing at a dot shows its picture (where the
 * notebook is trusted, and in an exported page; else its class).
 * @param images N
 * @param map [N, 2], as `embedding` gives it
 * @param options.predictions [N], to mark mistakes
 */
export async function embeddingMap(
  images: Images,
  map: readonly (readonly [x: number, y: number])[],
  {
    predictions,
    title = 'Map of the features',
    caption,
  }: { readonly predictions?: ArrayLike<number>; readonly title?: string; readonly caption?: string } = {},
): Promise<string> {
  const { labels, classNames } = images;
  if (map.length !== labels.length) throw new RangeError(`embeddingMap: expected a point for each of ${labels.length} images; got ${map.length}.`);
  const axis = (d: 0 | 1, length: number): ((i: number) => number) => {
    const values = map.map((point) => point[d]);
    const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    return (i) => MARGIN + ((values[i] - low) / (high - low || 1)) * (length - 2 * MARGIN);
  };
  const [x, y] = [axis(0, WIDTH), axis(1, HEIGHT)];
  const wrong = (i: number): boolean => predictions !== undefined && predictions[i] !== labels[i];
  const order = map.map((_, i) => i).sort((a, b) => Number(wrong(a)) - Number(wrong(b))); // rings on top
  const circles = order.map((i) => {
    const ring = wrong(i) ? ` stroke="#222" stroke-width="1.4"` : ' stroke="#fff" stroke-width="0.5"';
    return `<circle cx="${x(i).toFixed(1)}" cy="${y(i).toFixed(1)}" r="3.6" fill="${classColour(labels[i])}"${ring}/>`;
  });
  const holder = plotDocument().createElement('div');
  holder.innerHTML = `<svg width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">${circles.join('')}</svg>`;
  const { address, columns } = await sheet(images);
  const name = `graft-map-${createHash('sha256').update(address).digest('hex').slice(0, 10)}`;
  const [, height, width] = images.shape;
  const spots = order.map((i) => {
    const said = `${classNames[labels[i]]}${wrong(i) ? `, taken for ${classNames[predictions![i]]}` : ''}`;
    const at = `left:${((100 * x(i)) / WIDTH).toFixed(2)}%;top:${((100 * y(i)) / HEIGHT).toFixed(2)}%`;
    const from = `${-(i % columns) * SHOWN}px ${-Math.floor(i / columns) * SHOWN}px`;
    return `<span class="${name}" title="${escapeHtml(said)}" style="position:absolute;${at};width:9px;height:9px;margin:-4.5px"><i style="display:none;background-position:${from}"></i></span>`;
  });
  const sizes = `width:${SHOWN}px;height:${SHOWN}px;background-size:${columns * SHOWN}px auto`;
  const style =
    `<style>.${name} i{position:absolute;left:12px;bottom:8px;z-index:9;pointer-events:none;border:2px solid #222;border-radius:4px;image-rendering:pixelated;` +
    `background-image:url(${address});${sizes}}.${name}:hover i{display:block!important}</style>`;
  const swatch = (className: string, k: number): string =>
    `<span style="display:inline-block;margin-right:12px"><span style="display:inline-block;width:11px;height:11px;border-radius:6px;background:${classColour(k)}"></span> ${escapeHtml(className)}</span>`;
  const legend = `<div style="font:12px system-ui,sans-serif;margin-bottom:4px;max-width:${WIDTH}px">${classNames.map(swatch).join('')}${predictions ? '<span>ring: a mistake</span>' : ''}</div>`;
  return svgCard(holder.firstElementChild!, {
    title,
    legend: style + legend,
    caption: caption ?? `${images.name}; ${height}×${width} pixels each`,
    alt: `A map of ${map.length} images of ${classNames.length} classes; images that the network sees as alike lie close.`,
    over: spots.join(''),
  });
}

/** All pictures on one sheet, as the pages carry one address instead of thousands. */
async function sheet({ pixels, shape: [n, height, width] }: Images): Promise<{ address: string; columns: number }> {
  const columns = Math.ceil(Math.sqrt(n));
  const rows = Math.ceil(n / columns);
  const all = Buffer.alloc(columns * width * rows * height * 3, 255);
  for (let i = 0; i < n; i++) {
    const [left, top] = [(i % columns) * width, Math.floor(i / columns) * height];
    for (let r = 0; r < height; r++) {
      const from = (i * height + r) * width * 3;
      all.set(pixels.subarray(from, from + width * 3), ((top + r) * columns * width + left) * 3);
    }
  }
  const jpeg = await sharp(all, { raw: { width: columns * width, height: rows * height, channels: 3 } })
    .jpeg({ quality: 82 })
    .toBuffer();
  return { address: `data:image/jpeg;base64,${jpeg.toString('base64')}`, columns };
}
