import type { Interpolation } from './interpolation.ts';
import { placementOf, type Resize } from './resize.ts';
import { scaleAndCut } from './scale.ts';

/**
 * Brings a decoded picture to a square, in plain JavaScript: pages do this, where `decodePicture` shrinks large photos
 * by sharp.
 * @param pixels [H, W, 3] uint8
 * @returns [size, size, 3] uint8
 */
export function toSize(
  pixels: Uint8Array,
  imageSize: readonly [height: number, width: number],
  target: {
    readonly size: number;
    readonly resize: Resize;
    readonly cropFraction: number;
    readonly interpolation: Interpolation;
  },
): Uint8Array {
  const placement = placementOf(imageSize, target);
  const part = scaleAndCut(pixels, imageSize, placement, target.interpolation);
  return target.resize === 'pad' ? onBlack(part, placement, target.size) : part;
}

/**
 * Puts a part of a picture on a black square.
 * @param part [cut.height, cut.width, 3] uint8
 * @returns [size, size, 3] uint8
 */
export function onBlack(
  part: Uint8Array,
  { cut, at }: Pick<ReturnType<typeof placementOf>, 'cut' | 'at'>,
  size: number,
): Uint8Array {
  const out = new Uint8Array(size * size * 3);
  for (let row = 0; row < cut.height; row++)
    out.set(part.subarray(row * cut.width * 3, (row + 1) * cut.width * 3), ((at[0] + row) * size + at[1]) * 3);
  return out;
}
