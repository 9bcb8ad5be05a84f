import type { Dataset } from '../../data/dataset.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import { INTERPOLATIONS } from '../../pixels/interpolation.ts';
import { resample } from '../../pixels/resample.ts';
import type { DrawOptions } from '../frame/card.ts';
import { pictureGrid, type Tile, tilesOf } from './pictures.ts';

export interface InterpolationsOptions extends DrawOptions {
  /** Side of the upscaled pictures, in pixels. @default 224 */
  readonly size?: number;
}

/**
 * Shows one image, upscaled with every interpolation.
 * @param index which image, 0..N-1
 * @returns HTML
 * @example
 * show(interpolationComparison(images.test, 0));
 */
export async function interpolationComparison(
  dataset: Dataset,
  index: number,
  { size = 224, caption }: InterpolationsOptions = {},
): Promise<string> {
  checkOptions('interpolationComparison', { size });
  const { imageSize, name, classNames, labels } = dataset;
  const [original] = await tilesOf(dataset, [index], () => ({ lines: [imageSize.join('×')] }));
  const upscaled = INTERPOLATIONS.map((interpolation): Tile => {
    const pixels = resample(original.pixels, imageSize, { size, interpolation });
    return { pixels, size: [size, size], lines: [interpolation] };
  });
  return pictureGrid([original, ...upscaled], {
    side: 168,
    columns: 4,
    title: `One image, ${imageSize.join('×')} → ${size}×${size}, by interpolation`,
    alt: `The same image (${classNames[labels[index]]}) upscaled with ${INTERPOLATIONS.join(', ')}.`,
    caption: caption ?? `${name}, image ${index}, ${classNames[labels[index]]}`,
  });
}
