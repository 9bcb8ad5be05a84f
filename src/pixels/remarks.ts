import type { PictureHeader } from './formats/picture-header.ts';
import { tiffFacts, tiffParts, WEBP_IN_TIFF } from './formats/tiff.ts';

/** What may be wrong with a picture that can be decoded; empty where nothing may. */
export type Remark = '' | 'one colour' | 'dark' | 'lower fifth black' | 'lower fifth grey' | 'zeros';

/**
 * What pixels show of a part that a decoder left out without a word: all of them are of one colour, or the lower fifth
 * is black or grey, as libtiff and libjpeg leave what they lack, and the upper edge is not; and that hardly anything of
 * their range is used. White is no sign: scans, logos and goods on a white ground end in it.
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
  if (!hole || same(0, row)) return ''; // bars above and below are a film's
  return r ? 'lower fifth grey' : 'lower fifth black';
}

/** Levels of 12 bits, as microscopes give them, stay below this one where they stand in a file of 16. */
const DARK = 16;

/** So many zeros in a row do not come out of an entropy coder, but of a disk or a download that lost a part. */
const HOLE = 512;

/**
 * What a file's bytes show of a part that is gone: libwebp and libde265 make something up for it, without a word. Other
 * formats have checksums, or decoders that tell.
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

/** A file with so few bytes for its pixels may be of one colour: bytes a pixel. */
export const FEW_BYTES = 1 / 20;
