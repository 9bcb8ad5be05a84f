import type { Dataset } from '../../data/dataset.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import { classColour, count, type DrawOptions } from '../frame/card.ts';
import { pictureGrid, tilesOf } from './pictures.ts';

export interface SampleGridOptions extends DrawOptions {
  /** Images of each class, or as many as the smallest has. @default 4 */
  readonly rows?: number;
}

/**
 * A few images of each class, one class a column.
 * @returns HTML
 */
export async function sampleGrid(
  dataset: Dataset,
  { rows: asked = 4, caption, document }: SampleGridOptions = {},
): Promise<string> {
  checkOptions('sampleGrid', { rows: asked });
  const { classNames, imageSize, labels, name, n } = dataset;
  const byClass = placesByClass(dataset).filter(({ length }) => length);
  const shown = byClass.map(([place]) => classNames[labels[place]]);
  const each = shown.length < classNames.length ? 'each class that has images' : 'each class';
  // columns stay whole: no more rows than the smallest class has images
  const rows = Math.min(asked, ...byClass.map(({ length }) => length));
  const places = Array.from({ length: rows }, (_, r) => byClass.map((own) => own[r])).flat();
  const last = places.length - byClass.length;
  const tiles = await tilesOf(dataset, places, (i) => {
    const label = labels[places[i]];
    return i < last ? {} : { lines: [classNames[label]], colour: classColour(label) };
  });
  return pictureGrid(tiles, {
    columns: byClass.length,
    title: `${name}: ${count(n)} images of ${classNames.length} classes`,
    alt: `${rows} sample images of ${each}: ${shown.join(', ')}.`,
    caption: caption ?? `the first ${rows} of ${each} in ${name}; ${imageSize.join('×')} pixels each`,
    document,
  });
}

/** Of each class, the places of its images, in their order. */
export function placesByClass({ labels, classNames }: Pick<Dataset, 'labels' | 'classNames'>): number[][] {
  const places = classNames.map((): number[] => []);
  labels.forEach((label, i) => places[label].push(i));
  return places;
}
