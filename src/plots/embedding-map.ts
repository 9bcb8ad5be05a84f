import { sha256 } from '@noble/hashes/sha2.js';
import type { Embedding } from '../analysis/embedding.ts';
import type { Dataset } from '../data/dataset.ts';
import { checkSameClasses } from '../data/same-classes.ts';
import { plotDocument } from '../host/document.ts';
import { escapeHtml } from '../text/html.ts';
import type { Evaluation } from '../training/evaluation/evaluation.ts';
import { joinCaption } from './frame/captions.ts';
import { classColour, count, type DrawOptions, LEGEND, swatch } from './frame/card.ts';
import { jpegAddress } from './frame/picture-address.ts';
import { sheetOf } from './frame/sheet.ts';
import { svgCard } from './frame/svg-card.ts';

export interface EmbeddingMapOptions extends DrawOptions {
  /** Marks mistakes: an evaluation of the same images, or the predicted classes, [N]. */
  readonly predictions?: ArrayLike<number> | Evaluation;
  /** @default 'Map of the features' */
  readonly title?: string;
}

const [WIDTH, HEIGHT, MARGIN] = [620, 460, 14];
/** Side of a picture that appears on hover, in CSS pixels. */
const SHOWN = 72;

/**
 * Draws a map with a dot for each image, coloured by class; a mistake has a ring. Pointing at a dot shows its picture
 * (if the notebook is trusted, and in an exported page; else its class).
 * @param dataset N images
 * @param map N points, as `embedding` gives them
 * @returns HTML
 * @throws RangeError if the numbers of points and images differ
 * @example
 * show(embeddingMap(images.train, await embedding(train)));
 */
export async function embeddingMap(
  dataset: Dataset,
  { points, basis }: Pick<Embedding, 'points'> & Partial<Pick<Embedding, 'basis'>>,
  options: EmbeddingMapOptions = {},
): Promise<string> {
  const { title = 'Map of the features', caption, document = plotDocument() } = options;
  const { labels, classNames, n, name } = dataset;
  if (points.length !== n)
    throw new RangeError(`embeddingMap: expected a point for each of ${n} images; got ${points.length}.`);
  const given = options.predictions;
  const predictions = given && ('kind' in given ? given.predictions : given);
  if (predictions && predictions.length !== n)
    throw new RangeError(`predictions: expected one for each of ${n} images; got ${predictions.length}.`);
  if (given && 'kind' in given)
    checkSameClasses('embeddingMap', { name: given.of.test.name, classNames: given.classNames }, dataset);
  const wrong = (i: number): boolean => predictions !== undefined && predictions[i] !== labels[i];
  const [x, y] = [axis(points, 0, WIDTH), axis(points, 1, HEIGHT)];
  const order = [...labels.keys()].sort((a, b) => Number(wrong(a)) - Number(wrong(b))); // rings on top
  const circles = order.map((i) => {
    const ring = wrong(i) ? 'stroke="#222" stroke-width="1.4"' : 'stroke="#fff" stroke-width="0.5"';
    const centre = `cx="${x(i).toFixed(1)}" cy="${y(i).toFixed(1)}"`;
    return `<circle ${centre} r="3.6" fill="${classColour(labels[i])}" ${ring}/>`;
  });
  const holder = document.createElement('div');
  const size = `width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}"`;
  holder.innerHTML = `<svg ${size}>${circles.join('')}</svg>`;
  const said = (i: number): string =>
    `${classNames[labels[i]]}${wrong(i) ? `, taken for ${classNames[predictions![i]]}` : ''}`;
  const spots = await hoverSpots(
    dataset,
    order.map((i) => ({ i, x: x(i) / WIDTH, y: y(i) / HEIGHT, said: said(i) })),
  );
  const names = classNames.map((className, k) => swatch(className, classColour(k), { round: true }));
  const rings = `<span style="display:inline-block">colour: true class${predictions ? '; ring: a mistake' : ''}</span>`;
  return svgCard(holder.firstElementChild!, {
    title,
    legend: `${spots.style}<div style="${LEGEND};max-width:${WIDTH}px">${names.join('')}${rings}</div>`,
    caption: caption ?? joinCaption(basis ?? name, `n = ${count(n)} images`),
    alt: `A map of ${n} images of ${classNames.length} classes; images that the network sees as alike lie close.`,
    over: spots.html,
  });
}

/** @returns a function from an image's index to its position on one axis of the picture, in pixels */
function axis(points: Embedding['points'], d: 0 | 1, length: number): (i: number) => number {
  const values = points.map((point) => point[d]);
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  return (i) => MARGIN + ((values[i] - low) / (high - low || 1)) * (length - 2 * MARGIN);
}

/** Makes what shows the pictures on hover: a style sheet, and a spot over each dot. */
async function hoverSpots(
  dataset: Dataset,
  dots: readonly { readonly i: number; readonly x: number; readonly y: number; readonly said: string }[],
): Promise<{ readonly style: string; readonly html: string }> {
  const sheet = await sheetOf(dataset, SHOWN);
  const { columns } = sheet;
  // two maps on one page have different styles, and the same map has the same style in every run
  const name = `graft-map-${Buffer.from(sha256(sheet.pixels)).toString('hex').slice(0, 10)}`;
  const share = (part: number): string => `${(100 * part).toFixed(2)}%`;
  const spots = dots.map(({ i, x, y, said }) => {
    const from = `${-(i % columns) * SHOWN}px ${-Math.floor(i / columns) * SHOWN}px`;
    const spot = `position:absolute;left:${share(x)};top:${share(y)};width:9px;height:9px;margin:-4.5px`;
    return (
      `<span class="${name}" title="${escapeHtml(said)}" style="${spot}">` +
      `<i style="display:none;background-position:${from}"></i></span>`
    );
  });
  const style =
    `<style>.${name} i{position:absolute;left:12px;bottom:8px;z-index:9;pointer-events:none;` +
    `border:2px solid #222;border-radius:4px;image-rendering:pixelated;width:${SHOWN}px;height:${SHOWN}px;` +
    `background-image:url(${await jpegAddress(sheet)});background-size:${columns * SHOWN}px auto}` +
    `.${name}:hover i{display:block!important}</style>`;
  return { style, html: spots.join('') };
}
