import { FORMATS, type PictureFormat } from '../../../pixels/formats/formats.ts';
import { pictureHeader } from '../../../pixels/formats/picture-header.ts';
import { isCmyk } from './cmyk.ts';
import { webglPixels } from './webgl-pixels.ts';

/** A decoded picture, upright, in sRGB. */
export interface Decoded {
  readonly size: readonly [height: number, width: number];
  /** [H, W, 3] uint8 RGB */
  readonly pixels: Uint8Array;
  readonly note?: string;
  /** A small JPEG of all of it, without metadata, if that was wanted. */
  readonly small?: Blob;
}

/** The most pixels that a picture may have: decoded, it takes seven bytes for each. */
const MOST_PIXELS = 100e6;
/** A picture of more pixels that cannot be decoded may be too large for the browser's memory; it does not say so. */
const LARGE = 20e6;
/** The formats that browsers decode; the others are refused by name. */
const DECODED = new Set<PictureFormat>(['jpeg', 'png', 'webp', 'avif', 'gif', 'bmp']);
/** Those that may be transparent. */
const MAY_BE_TRANSPARENT = new Set<PictureFormat>(['png', 'webp', 'avif', 'gif']);
/** The most that the sides of a small copy have, in pixels. */
const [SHORTER, LONGER] = [256, 1024];
/** Rows that are read at once: enough to be fast, few enough for large pictures. */
const ROWS = 512;

/**
 * Decodes a picture as the browser does: upright by its EXIF orientation, from its colour profile to sRGB, the first
 * frame of an animation.
 * @param options.background the colour that shows through transparent pixels; undefined drops transparency
 * @param options.keep whether a small copy is wanted @default false
 * @throws Error, a clause that follows "expected a picture": it is no picture, of another format, damaged or too large
 */
export async function decode(
  picture: Blob,
  name: string,
  { background, keep = false }: { readonly background?: string; readonly keep?: boolean } = {},
): Promise<Decoded> {
  const bytes = new Uint8Array(await picture.arrayBuffer());
  if (!bytes.length) throw new Error('the file is empty');
  const header = pictureHeader(bytes, name);
  if (!header) throw new Error('this file is none');
  const { format, width, height, whole } = header;
  if (!DECODED.has(format)) throw new Error(`browsers do not read ${FORMATS[format].name}; save it as JPEG or PNG`);
  if (!whole) throw new Error('it is cut short: its end is missing');
  if (width * height > MOST_PIXELS) throw new Error(tooLarge(width, height));
  const bitmap = await createImageBitmap(picture, { premultiplyAlpha: 'none' }).catch(() => undefined);
  if (!bitmap)
    throw new Error(
      width * height > LARGE ? tooMuch(width, height) : 'it is damaged, or of a kind that this browser does not read',
    );
  try {
    const size = [bitmap.height, bitmap.width] as const;
    if (size[0] * size[1] > MOST_PIXELS) throw new Error(tooLarge(size[1], size[0]));
    const straight = background === undefined && MAY_BE_TRANSPARENT.has(format) && webglPixels(bitmap);
    return {
      size,
      pixels: straight || canvasPixels(bitmap, background),
      ...(format === 'jpeg' && isCmyk(bytes) && { note: CMYK }),
      ...(keep && { small: await smallCopy(bitmap, background) }),
    };
  } finally {
    bitmap.close();
  }
}

const CMYK =
  'This photo is in the colours of print (CMYK), which browsers turn into RGB in their own way: the answer may differ ' +
  'from that of graft predict. Save it in RGB to be sure.';

const tooMuch = (width: number, height: number): string =>
  `it is damaged, or its ${Math.round((width * height) / 1e6)} million pixels are more than this browser has memory for; make it smaller`;

const tooLarge = (width: number, height: number): string =>
  `it has ${Math.round((width * height) / 1e6)} million pixels (${width}×${height}), more than ${MOST_PIXELS / 1e6} million; make it smaller`;

/** Draws a picture so small that its shorter side is at most {@link SHORTER} pixels, and its longer one {@link LONGER}. */
function smallCopy(bitmap: ImageBitmap, background = 'black'): Promise<Blob> {
  const { width, height } = bitmap;
  const scale = Math.min(1, SHORTER / Math.min(width, height), LONGER / Math.max(width, height));
  const [wide, high] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = new OffscreenCanvas(wide, high);
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.fillStyle = background;
  context.fillRect(0, 0, wide, high);
  context.drawImage(bitmap, 0, 0, wide, high);
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
}

/** Reads pixels through a canvas, which is exact if nothing is transparent. */
function canvasPixels(bitmap: ImageBitmap, background = 'black'): Uint8Array {
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, Math.min(height, ROWS));
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const pixels = new Uint8Array(width * height * 3);
  for (let top = 0, to = 0; top < height; top += ROWS) {
    const rows = Math.min(ROWS, height - top);
    context.fillStyle = background;
    context.fillRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, top, width, rows, 0, 0, width, rows);
    const { data } = context.getImageData(0, 0, width, rows);
    for (let from = 0; from < data.length; from += 4) {
      pixels[to++] = data[from];
      pixels[to++] = data[from + 1];
      pixels[to++] = data[from + 2];
    }
  }
  return pixels;
}
