import * as Plot from '@observablehq/plot';
import * as tf from '@tensorflow/tfjs';
import type { ClassActivation } from '../analysis/grad-cam.ts';
import type { Images } from '../data/images.ts';
import { upscale } from '../pixels/upscale.ts';
import { percent } from './card.ts';
import { pictureGrid, tile, type Tile } from './pictures.ts';

/** Of the overlay, in pixels. */
const SIDE = 112;

/**
 * Pictures, each with what spoke for a class laid over it: dark for little, bright for much.
 * @param images as many as maps
 * @param options.columns pairs in a row @default 4
 */
export async function activationMaps(
  images: Images,
  maps: readonly ClassActivation[],
  {
    title = 'Where the classifier looked (Grad-CAM)',
    caption,
    columns = 4,
  }: { readonly title?: string; readonly caption?: string; readonly columns?: number } = {},
): Promise<string> {
  const { classNames, labels } = images;
  const tiles: Tile[] = maps.flatMap(({ map, size, classIndex, probability }, i) => {
    const picture = tile(images, i, [`is ${classNames[labels[i]]}`]);
    return [picture, { pixels: overlay(picture, map, size), size: [SIDE, SIDE] as const, lines: [`${classNames[classIndex]} ${percent(probability, 0)}`] }];
  });
  const said = maps.slice(0, 3).map(({ classIndex }, i) => `${classNames[labels[i]]} seen as ${classNames[classIndex]}`);
  return pictureGrid(tiles, { side: 100, columns: 2 * columns, title, caption, alt: `Heat maps over ${maps.length} pictures: ${said.join('; ')}.` });
}

/** @returns [SIDE, SIDE, 3] */
function overlay({ pixels, size: [height, width] }: Tile, map: Float32Array, size: readonly [number, number]): Uint8Array {
  const heat = tf.tidy(() => tf.image.resizeBilinear(tf.tensor3d(map, [...size, 1]), [SIDE, SIDE], false, true).dataSync());
  const picture = tf.tidy(() => upscale(tf.tensor4d(Int32Array.from(pixels), [1, height, width, 3], 'int32'), { size: SIDE, kernel: 'bicubic' }).dataSync());
  const out = new Uint8Array(SIDE * SIDE * 3);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const grey = 0.299 * picture[3 * i] + 0.587 * picture[3 * i + 1] + 0.114 * picture[3 * i + 2];
    const colour = RAMP[Math.round(255 * Math.min(1, Math.max(0, heat[i])))];
    for (let c = 0; c < 3; c++) out[3 * i + c] = 0.45 * grey + 0.55 * colour[c];
  }
  return out;
}

/** Inferno (S. van der Walt and N. Smith), whose lightness rises evenly, for any kind of colour vision. */
const RAMP: number[][] = (() => {
  const { apply } = Plot.scale({ color: { type: 'linear', domain: [0, 255], scheme: 'inferno' } });
  return Array.from({ length: 256 }, (_, i) => {
    const colour = String(apply(i));
    const hex = /^#(..)(..)(..)$/.exec(colour);
    return hex ? hex.slice(1).map((part) => parseInt(part, 16)) : (colour.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  });
})();
