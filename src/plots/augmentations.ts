import * as tf from '@tensorflow/tfjs';
import { type Images, pick } from '../data/images.ts';
import { augment, type AugmentOptions } from '../pixels/augment.ts';
import type { WarpKernel } from '../pixels/warp.ts';
import { upscale } from '../pixels/upscale.ts';
import { pictureGrid, tile, type Tile } from './pictures.ts';

/**
 * What each augmentation does to a few pictures: a row for each, the pictures as they are on top.
 * @param hows augmentations by name
 * @param options.count the first so many images, one of each class first @default 8
 */
export async function augmentationGrid(
  images: Images,
  hows: Readonly<Record<string, AugmentOptions>>,
  { count = 8, seed = 1, caption }: { readonly count?: number; readonly seed?: number; readonly caption?: string } = {},
): Promise<string> {
  const few = pick(images, oneOfEach(images, count));
  const rows = [['as it is', few] as const, ...Object.entries(hows).map(([name, how]) => [name, augment(few, how, { seed })] as const)];
  // the row's name stands under its first picture
  const tiles = rows.flatMap(([name, row]) => Array.from({ length: row.shape[0] }, (_, i) => tile(row, i, i ? [''] : [name])));
  return pictureGrid(tiles, { side: 72, columns: few.shape[0], title: 'Augmentations', caption: caption ?? images.name, wide: true, alt: `Pictures, and below them with ${Object.keys(hows).join(', ')}.` }); // prettier-ignore
}

/**
 * One picture turned, shifted or zoomed at its own size and then upscaled, beside geometry and upscaling in one resampling.
 * @param index which image
 */
export async function warpComparison(
  images: Images,
  index: number,
  how: AugmentOptions,
  {
    size = 224,
    views = 3,
    kernel = 'bicubic',
    caption,
  }: { readonly size?: number; readonly views?: number; readonly kernel?: WarpKernel; readonly caption?: string } = {},
): Promise<string> {
  const one = pick(images, [index]);
  const [, height, width] = one.shape;
  const tiles: Tile[] = [];
  for (let view = 0; view < views; view++) {
    const small = augment(one, how, { view });
    const pixels = tf.tidy(() => upscale(tf.tensor4d(Int32Array.from(small.pixels), [1, height, width, 3], 'int32'), { size, kernel: 'bicubic' }).dataSync());
    tiles.push({ pixels: Uint8Array.from(pixels), size: [size, size], lines: [`at ${height}×${width}, then upscaled`] });
    tiles.push(tile(augment(one, how, { view, size, kernel }), 0, ['in one resampling']));
  }
  return pictureGrid(tiles, { side: 168, columns: 4, title: 'Two ways to warp', caption, alt: `${views} views of one picture, warped at its own size and in one resampling.` }); // prettier-ignore
}

/** The first image of each class in turn, until there are enough. */
function oneOfEach({ labels, classNames }: Images, count: number): number[] {
  const byClass = classNames.map((_, k) => Array.from(labels.keys()).filter((i) => labels[i] === k));
  const order = Array.from({ length: Math.ceil(count / classNames.length) }, (_, r) => byClass.flatMap((members) => members.slice(r, r + 1))).flat();
  return order.slice(0, Math.min(count, labels.length));
}
