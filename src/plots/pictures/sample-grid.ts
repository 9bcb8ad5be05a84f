import type { Dataset } from '../../data/dataset.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import { classColour, count, type DrawOptions } from '../frame/card.ts';
import { pictureGrid, tilesOf } from './pictures.ts';

export interface SampleGridOptions extends DrawOptions {
  /** How many images of each class, or as many as the smallest has. @default 4 */
  readonly rows?: number;
}

/**
 * Shows a few images of each class, one class a column.
 * @returns HTML
 * @example
 * show(sampleGrid(images.train, { rows: 2 }));
 */
export async function sampleGrid(
  dataset: Dataset,
  { rows: asked = 4, caption }: SampleGridOptions = {},
): Promise<string> {
  checkOptions('sampleGrid', { rows: asked });
  const { classNames, imageSize, labels, name, n } = dataset;
  const byClass = positionsByClass(dataset).filter(({ length }) => length);
  const shown = byClass.map(([position]) => classNames[labels[position]]);
  const each = shown.length < classNames.length ? 'each class that has images' : 'each class';
  // columns stay whole: no more rows than the smallest class has images
  const rows = Math.min(asked, ...byClass.map(({ length }) => length));
  const positions = byClass.flatMap((own) => own.slice(0, rows));
  const tiles = await tilesOf(dataset, positions, (i) => {
    const label = labels[positions[i]];
    return (i + 1) % rows ? {} : { lines: [classNames[label]], colour: classColour(label) };
  });
  return pictureGrid(tiles, {
    columns: byClass.length,
    group: rows,
    flow: 'column',
    title: `${name}: ${count(n)} images of ${classNames.length} classes`,
    alt: `${rows} sample images of ${each}: ${shown.join(', ')}.`,
    caption: caption ?? `the first ${rows} of ${each} in ${name}; ${imageSize.join('×')} pixels each`,
  });
}

/** Gives for each class the positions of its images, in their order. */
export function positionsByClass({ labels, classNames }: Pick<Dataset, 'labels' | 'classNames'>): number[][] {
  const positions = classNames.map((): number[] => []);
  labels.forEach((label, i) => positions[label].push(i));
  return positions;
}
