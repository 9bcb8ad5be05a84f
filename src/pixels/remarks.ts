import type { PictureHeader } from './formats/picture-header.ts';
import { tiffFacts, tiffParts, WEBP_IN_TIFF } from './formats/tiff.ts';

/** What may be wrong with a picture that can be decoded; empty if nothing seems wrong. */
export type Remark = '' | 'one colour' | 'dark' | 'lower fifth black' | 'lower fifth grey' | 'zeros';

/**
 * Tells from pixels that a decoder may have left out a part silently: all of them have one colour, or the lower fifth
 * is black or grey, as libtiff and libjpeg leave missing parts, and the upper edge is not. Also tells if hardly any of
 * their range is used. White is no sign: scans, logos and goods on a white background end in it.
 * @param pixels [H, W, 3] uint8 RGB
 */
export function remarkOnPixels(pixels: Uint8Array, [height, width]: readonly [number, number]): Remark {
  const row = width * 3;
  const from = (height - Math.max(1, Math.floor(height / 5))) * row;
  const [r, g, b] = pixels.subarray(from, from + 3);
  const same = (start: number, end: number): boolean => {
    for (let i = start; i < end; i += 3)
      if (pixels[i] !== r || pixels[i + 1] !== g || pixels[i + 2] !== b) return false;
    return true;
  };
  if (pixels.every((level) => level < DARK) && !same(0, pixels.length)) return 'dark';
  if (height < 5 || !same(from, pixels.length)) return '';
  if (same(0, from)) return 'one colour';
  const hole = r === g && g === b && (r === 0 || r === 128);
  if (!hole || same(0, row)) return ''; // a film has bars above and below
  return r ? 'lower fifth grey' : 'lower fifth black';
}

/** The limit for 12-bit levels, as microscopes produce them, stored in a 16-bit file: they stay below this level. */
const DARK = 16;

/** This many zeros in a row do not come from an entropy coder, but from a disk or download that lost a part. */
const HOLE = 512;

/**
 * Tells from a file's bytes that a part is gone: libwebp and libde265 silently make something up for it. Other formats
 * have checksums, or decoders that tell.
 */
export function remarkOnBytes(bytes: Uint8Array, { format }: Pick<PictureHeader, 'format'>): Remark {
  if (format === 'webp' || format === 'heic') return hasHole(bytes) ? 'zeros' : '';
  const facts = format === 'tiff' ? tiffFacts(bytes) : undefined;
  if (facts?.compression !== WEBP_IN_TIFF) return '';
  return tiffParts(bytes, facts).parts.some(hasHole) ? 'zeros' : '';
}

function hasHole(bytes: Uint8Array): boolean {
  for (let i = HOLE - 1; i < bytes.length; i += HOLE) {
    let [first, last] = [i, i];
    while (bytes[first - 1] === 0) first--;
    while (bytes[last + 1] === 0) last++;
    if (bytes[i] === 0 && last - first + 1 >= HOLE) return true;
    i = Math.max(i, last);
  }
  return false;
}

/** Bytes per pixel below which a file's picture may have only one colour. */
export const FEW_BYTES = 1 / 20;
