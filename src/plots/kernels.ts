import * as tf from '@tensorflow/tfjs';
import type { Images } from '../data/images.ts';
import { KERNELS } from '../pixels/interpolation.ts';
import { upscale } from '../pixels/upscale.ts';
import { pictureGrid, tile, type Tile } from './pictures.ts';

/**
 * One image, upscaled with every kernel.
 * @param index which image of the set
 * @param options.size of the upscaled pictures, in pixels
 */
export async function kernelComparison(
  images: Images,
  index: number,
  { size = 224, caption }: { readonly size?: number; readonly caption?: string } = {},
): Promise<string> {
  const [, height, width] = images.shape;
  const original = tile(images, index, [`${height}×${width}`]);
  const tiles: Tile[] = [original];
  for (const kernel of KERNELS) {
    const large = tf.tidy(() => upscale(tf.tensor4d(Int32Array.from(original.pixels), [1, height, width, 3], 'int32'), { size, kernel }));
    tiles.push({ pixels: Uint8Array.from(await large.data()), size: [size, size], lines: [kernel] });
    large.dispose();
  }
  return pictureGrid(tiles, {
    side: 168,
    columns: 4,
    title: `One image, ${height}×${width} → ${size}×${size}, by kernel`,
    alt: `The same image (${images.classNames[images.labels[index]]}) upscaled with ${KERNELS.join(', ')}.`,
    caption,
  });
}
