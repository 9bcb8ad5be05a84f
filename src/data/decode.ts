import { decodeBmp } from '../pixels/bmp.ts';
import { checkInterpolation, type Interpolation } from '../pixels/interpolation.ts';
import { type FitName, type Placement, placementOf } from '../pixels/fit.ts';
import { type PictureHeader, pictureHeader } from '../pixels/picture-header.ts';
import type { Box } from '../pixels/random-crop.ts';
import { scaleAndCut, scalePart } from '../pixels/scale.ts';

/** What pictures of any size are brought to. */
export interface Target {
  /** Height and width of the square, in pixels. */
  readonly size: number;
  readonly fit: FitName;
  /** Share of the scaled picture's shorter side that the crops keep. */
  readonly cropFraction: number;
  /** How pixels are looked up. */
  readonly interpolation: Interpolation;
  /** What shows through transparent pixels; undefined drops transparency, as PIL's `convert('RGB')` does. */
  readonly background?: string;
}

/** A picture with more pixels than this is refused before it is decoded. */
export const PIXEL_LIMIT = 100_000_000;

/** Kernels of sharp's that shrink as Pillow's of that name do, within a level; the others are our own. */
const SHRINK = { bilinear: 'linear', bicubic: 'cubic', 'bicubic-keys': 'cubic', lanczos3: 'lanczos3' } as const;

/**
 * What networks with a configuration of their own ask for is Pillow's to the level, where it shrinks less than that:
 * sharp is 0.09 levels off on average on 40 photos of 500×375 brought to 256, and our own kernels less than 0.01.
 */
export const isExact = (interpolation: Interpolation): boolean => interpolation === 'bicubic-keys';

/**
 * Large pictures shrink in two steps, first to so many times the size that is wanted: in one step libvips first takes
 * plain means of whole pixels, and shrinks JPEGs while decoding them. On 35 photos of 500×375 brought to 256 to 27
 * pixels, one step is 0.6 to 2.5 levels off Pillow's result on average, two are 0.2, and 0.9 at one eleventh.
 */
const FIRST = 3;

/**
 * Decodes a picture and brings it to a square: upright by its EXIF orientation, from its embedded colour profile to
 * sRGB (PIL leaves the numbers as they are), 16 bits to 8, the first frame of an animation.
 * @param bytes a whole file
 * @returns [size, size, 3] uint8 RGB
 * @throws Error saying what is wrong with the file, without its name
 */
export async function decodePicture(bytes: Uint8Array, target: Target): Promise<Uint8Array> {
  checkInterpolation(target.interpolation);
  const { placement, part } = await whole(bytes, target.background, async (opened) => {
    const placement = placementOf([opened.height, opened.width], target);
    return { placement, part: await scaled(opened, placement, target.interpolation) };
  });
  if (target.fit !== 'pad') return part;
  const { size } = target;
  const out = new Uint8Array(size * size * 3);
  const { cut, at } = placement;
  for (let row = 0; row < cut.height; row++)
    out.set(part.subarray(row * cut.width * 3, (row + 1) * cut.width * 3), ((at[0] + row) * size + at[1]) * 3);
  return out;
}

/**
 * Decodes a part of a picture, upright and in its own resolution, and brings it to a square.
 * @param boxOf which part, by the picture's height and width
 * @returns [size, size, 3] uint8 RGB
 * @throws Error saying what is wrong with the file, without its name
 */
export async function decodePart(
  bytes: Uint8Array,
  boxOf: (size: readonly [height: number, width: number]) => Box,
  { size, interpolation, background }: Pick<Target, 'size' | 'interpolation' | 'background'>,
): Promise<Uint8Array> {
  return whole(bytes, background, async ({ height, width, picture }) =>
    scalePart(await levelsOf(picture()), [height, width], boxOf([height, width]), [size, size], interpolation),
  );
}

/** @throws RangeError where it is no colour */
export async function checkBackground(colour: string): Promise<void> {
  const { default: sharp } = await import('sharp');
  try {
    sharp().flatten({ background: colour });
  } catch (cause) {
    throw new RangeError(
      `background: expected a colour as CSS writes it, like white or #ff8800; got ${JSON.stringify(colour)}.`,
      { cause },
    );
  }
}

/** Decodes a picture as it is. @returns its size and [H, W, 3] uint8 RGB @throws Error saying what is wrong with it */
export async function decodeWhole(
  bytes: Uint8Array,
): Promise<{ readonly size: readonly [number, number]; readonly pixels: Uint8Array }> {
  return whole(bytes, undefined, async ({ height, width, picture }) => ({
    size: [height, width] as const,
    pixels: await levelsOf(picture()),
  }));
}

/** A picture that is ready to be decoded. */
interface Opened {
  /** Upright. */
  readonly height: number;
  readonly width: number;
  /** Whether it has transparency, by which sharp would weigh pixels when it scales. */
  readonly alpha: boolean;
  /** @param failOn what is an error to libvips @default 'truncated' */
  picture(failOn?: 'truncated' | 'warning'): import('sharp').Sharp;
  readonly isJpeg: boolean;
}

/** What libjpeg says of a picture that lacks a part; of bytes too many, which harm nothing, it warns as well. */
const LACKING = /Corrupt JPEG data: (?!\d+ extraneous)|Premature end of JPEG/;

/** Decodes a picture, unless a part of it is missing: libjpeg would leave that grey, with no more than a warning. */
async function whole<T>(
  bytes: Uint8Array,
  background: string | undefined,
  decode: (opened: Opened) => Promise<T>,
): Promise<T> {
  const opened = await openPicture(bytes, background);
  if (!opened.isJpeg) return decode(opened);
  try {
    return await decode({ ...opened, picture: () => opened.picture('warning') });
  } catch (error) {
    if (LACKING.test((error as Error).message)) throw error;
    return decode(opened);
  }
}

async function openPicture(bytes: Uint8Array, background: string | undefined): Promise<Opened> {
  const header = pictureHeader(bytes);
  checkReadable(header);
  const { default: sharp } = await import('sharp');
  sharp.concurrency(1); // pictures are decoded side by side, one thread each
  const bitmap = header.format === 'bmp' ? decodeBmp(bytes, PIXEL_LIMIT) : undefined; // which sharp does not read
  if (bitmap) {
    const { height, width, pixels } = bitmap;
    return {
      height,
      width,
      alpha: false,
      isJpeg: false,
      picture: () => sharp(pixels, { raw: { width, height, channels: 3 } }),
    };
  }
  const start = (failOn: 'truncated' | 'warning' = 'truncated'): import('sharp').Sharp =>
    sharp(bytes, { limitInputPixels: PIXEL_LIMIT, failOn }).autoOrient();
  const { autoOrient: upright, hasAlpha = false } = await start().metadata();
  return {
    ...upright,
    alpha: hasAlpha && background === undefined,
    isJpeg: header.format === 'jpeg',
    picture: (failOn) => (hasAlpha && background !== undefined ? start(failOn).flatten({ background }) : start(failOn)),
  };
}

/** @throws Error where it is no picture, or none that is read */
export function checkReadable(header: PictureHeader | undefined): asserts header is PictureHeader {
  if (!header) throw new Error('it is no picture');
  if (header.width * header.height > PIXEL_LIMIT)
    throw new Error(
      `its ${header.width}×${header.height} pixels are more than the ${PIXEL_LIMIT / 1e6} million that are read; make it smaller`,
    );
  const how = HOW[header.format];
  if (how) throw new Error(`${how}, or leave it out`);
}

const HOW: Partial<Record<PictureHeader['format'], string>> = {
  heic: 'it is a HEIC photo, which is not read: convert it to JPEG (`heif-convert`, ImageMagick, or the phone’s “Most Compatible”)',
  raw: 'it is a raw photo, which is not read: develop it to JPEG or TIFF (darktable, RawTherapee)',
  ...Object.fromEntries(
    (['jpeg 2000', 'jpeg xl', 'psd', 'ppm', 'ico'] as const).map((format) => [
      format,
      `it is a picture in the format ${format.toUpperCase()}, which is not read: convert it to PNG`,
    ]),
  ),
};

async function scaled(opened: Opened, placement: Placement, interpolation: Interpolation): Promise<Uint8Array> {
  const { height, width, alpha, picture } = opened;
  const { scaled: to, cut } = placement;
  const kernel = SHRINK[interpolation as keyof typeof SHRINK];
  const ratio = Math.min(height / to[0], width / to[1]);
  const exact = isExact(interpolation);
  if (ratio < 1 || !kernel || alpha || (exact && ratio < FIRST))
    return scaleAndCut(await levelsOf(picture()), [height, width], placement, interpolation);
  const options = { fit: 'fill', kernel, fastShrinkOnLoad: false } as const;
  if (ratio < FIRST) return levelsOf(picture().resize(to[1], to[0], options).extract(cut));
  const { default: sharp } = await import('sharp');
  const [h, w] = [FIRST * to[0], FIRST * to[1]];
  const larger = await levelsOf(picture().resize(w, h, options));
  if (exact) return scaleAndCut(larger, [h, w], placement, interpolation);
  const raw = { width: w, height: h, channels: 3 } as const;
  return levelsOf(sharp(larger, { raw }).resize(to[1], to[0], options).extract(cut));
}

/** @returns [H, W, 3] uint8 RGB */
const levelsOf = (picture: import('sharp').Sharp): Promise<Buffer> =>
  picture.toColourspace('srgb').removeAlpha().raw({ depth: 'uchar' }).toBuffer();
