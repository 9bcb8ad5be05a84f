import { augmented } from '../../data/augmented.ts';
import { type Dataset, pick } from '../../data/dataset.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import type { AugmentOptions } from '../../pixels/augment.ts';
import { resample } from '../../pixels/resample.ts';
import type { WarpInterpolation } from '../../pixels/warp.ts';
import type { DrawOptions } from '../frame/card.ts';
import { pictureGrid, type Tile, tilesOf } from './pictures.ts';
import { positionsByClass } from './sample-grid.ts';

export interface AugmentationGridOptions extends DrawOptions {
  /** How many images, one of each class first. @default 8 */
  readonly count?: number;
  /** The seed of the random draws. @default 1 */
  readonly seed?: number;
}

/**
 * Shows what each augmentation does to a few pictures: a row for each, the unchanged pictures on top.
 * @param hows augmentations by name
 * @returns HTML
 * @example
 * show(augmentationGrid(images.train, { turned: { rotationRange: 15 }, mirrored: { horizontalFlip: true } }));
 */
export async function augmentationGrid(
  dataset: Dataset,
  hows: Readonly<Record<string, AugmentOptions>>,
  { count = 8, seed = 1, caption }: AugmentationGridOptions = {},
): Promise<string> {
  checkOptions('augmentationGrid', { count, seed });
  const few = pick(dataset, oneOfEach(dataset, count));
  const changed = Object.entries(hows).map(([name, how]) => [name, augmented(few, how, { seed })] as const);
  const rows = [['as it is', few] as const, ...changed].map(([, row]) => tilesOf(row, [...row.labels.keys()]));
  return pictureGrid((await Promise.all(rows)).flat(), {
    side: 72,
    columns: few.n,
    group: few.n,
    names: ['as it is', ...Object.keys(hows)],
    title: 'Augmentations',
    caption: caption ?? `${dataset.name}, ${few.n} images; one view of each, seed ${seed}`,
    alt: `Pictures, and below them with ${Object.keys(hows).join(', ')}.`,
  });
}

export interface WarpComparisonOptions extends DrawOptions {
  /** Height and width of the results, in pixels. @default 224 */
  readonly size?: number;
  /** @default 3 */
  readonly views?: number;
  /** The interpolation of the single resampling. @default 'bicubic' */
  readonly interpolation?: WarpInterpolation;
  /** The seed of the random draws. @default 1 */
  readonly seed?: number;
}

/**
 * Shows one picture turned, shifted or zoomed at its own size and then upscaled, beside the same with geometry and
 * upscaling in one resampling.
 * @param index which image, 0..N-1
 * @returns HTML
 * @example
 * show(warpComparison(images.train, 0, { rotationRange: 15 }));
 */
export async function warpComparison(
  dataset: Dataset,
  index: number,
  how: AugmentOptions,
  { size = 224, views = 3, interpolation = 'bicubic', seed = 1, caption }: WarpComparisonOptions = {},
): Promise<string> {
  checkOptions('warpComparison', { size, views, seed });
  const { imageSize, name } = dataset;
  const one = pick(dataset, [index]);
  const tiles: Tile[] = [];
  for (let view = 0; view < views; view++) {
    const [small] = await tilesOf(augmented(one, how, { seed, view }), [0]);
    const pixels = resample(small.pixels, imageSize, { size });
    tiles.push({ pixels, size: [size, size], lines: [`at ${imageSize.join('×')}, then upscaled`] });
    const large = augmented(one, how, { seed, view, size, interpolation });
    tiles.push(...(await tilesOf(large, [0], () => ({ lines: ['in one resampling'] }))));
  }
  return pictureGrid(tiles, {
    side: 168,
    columns: 4,
    group: 2,
    title: 'Two ways to warp',
    caption: caption ?? `${name}, image ${index}; ${views} views, seed ${seed}; ${interpolation} in one resampling`,
    alt: `${views} views of one picture, warped at its own size and in one resampling.`,
  });
}

/** Gives the first image of each class in turn, until there are enough. */
function oneOfEach(dataset: Dataset, count: number): number[] {
  const byClass = positionsByClass(dataset);
  const rounds = Math.max(...byClass.map(({ length }) => length));
  const order = Array.from({ length: rounds }, (_, r) => byClass.flatMap((own) => own.slice(r, r + 1))).flat();
  return order.slice(0, count);
}
