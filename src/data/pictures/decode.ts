import { decodeBmp } from '../../pixels/formats/bmp.ts';
import { checkInterpolation, type Interpolation } from '../../pixels/interpolation.ts';
import { type Resize, type Placement, placementOf } from '../../pixels/resize.ts';
import { FORMATS, type PictureFormat } from '../../pixels/formats/formats.ts';
import { type PictureHeader, pictureHeader } from '../../pixels/formats/picture-header.ts';
import type { Box } from '../../pixels/random-crop.ts';
import { scaleAndCut, scalePart } from '../../pixels/scale.ts';
import { onBlack } from '../../pixels/to-size.ts';
import { tiffFacts, whyNotRead } from '../../pixels/formats/tiff.ts';
import { openApart, TookTooLong } from './apart/apart.ts';
import {
  describePicture,
  type Given,
  levelsOf,
  type Opening,
  PIXEL_LIMIT,
  levelRange,
  type Steps,
} from './apart/levels.mjs';
import { needsApart } from './apart/needed.ts';
import { inFlight } from './in-flight.ts';
import { inOneLine, PictureProblem } from './problem.ts';
import { checkForHoles } from './tiff-holes.ts';

/** The form that pictures of any size are brought to. */
export interface Target {
  /** Height and width of the square, in pixels. */
  readonly size: number;
  readonly resize: Resize;
  /** Share of the scaled picture's shorter side that the crops keep. */
  readonly cropFraction: number;
  /** How pixels are looked up. */
  readonly interpolation: Interpolation;
  /** The colour that shows through transparent pixels; undefined drops transparency, as PIL's `convert('RGB')` does. */
  readonly background?: string;
}

/** Kernels of sharp that shrink like Pillow's of that name, within a level; the others are Graft's own. */
const SHRINK = { bilinear: 'linear', bicubic: 'cubic', 'bicubic-keys': 'cubic', lanczos3: 'lanczos3' } as const;

/**
 * Whether the result must be Pillow's to the level if it shrinks by less than {@link FIRST}: networks with a
 * configuration of their own ask for this. sharp is 0.09 levels off on average on 40 photos of 500×375 brought to 256,
 * and Graft's own kernels less than 0.01.
 */
export const isExact = (interpolation: Interpolation): boolean => interpolation === 'bicubic-keys';

/**
 * Large pictures shrink in two steps, first to this many times the wanted size: in one step libvips first takes plain
 * means of whole pixels, and shrinks JPEGs while decoding them. On 35 photos of 500×375 brought to 256 to 27 pixels,
 * one step is 0.6 to 2.5 levels off Pillow's result on average; two steps are 0.2 off, and 0.9 at one eleventh.
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
  return target.resize === 'pad' ? onBlack(part, placement, target.size) : part;
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
  return whole(bytes, background, async ({ height, width, levels }) =>
    scalePart(await levels(), [height, width], boxOf([height, width]), [size, size], interpolation),
  );
}

/** @throws RangeError if it is not a colour */
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
  return whole(bytes, undefined, async ({ height, width, levels }) => ({
    size: [height, width] as const,
    pixels: await levels(),
  }));
}

/** A picture that is ready to be decoded. */
interface Opened {
  /** Height of the upright picture. */
  readonly height: number;
  readonly width: number;
  /** Whether it has transparency, by which sharp would weigh pixels when it scales. */
  readonly alpha: boolean;
  /** @returns [H, W, 3] uint8 RGB */
  levels(steps?: Steps): Promise<Uint8Array>;
}

/** If a scan of a progressive JPEG ends before its bytes do, some of them belong to another scan, or are lost. */
const SPILT = /Corrupt JPEG data: \d+ extraneous/;

/** Decodes a picture, unless a part of it is missing. @throws PictureProblem */
async function whole<T>(
  bytes: Uint8Array,
  background: string | undefined,
  decode: (opened: Opened) => Promise<T>,
): Promise<T> {
  const header = pictureHeader(bytes);
  checkReadable(header, bytes);
  const { format, deep = false } = header;
  const opening = (failOn: Opening['failOn']): Opening => ({
    failOn,
    deep,
    ...(background !== undefined && { background }),
  });
  const { lacking, decoder } = FORMATS[format];
  try {
    if (needsApart(bytes, format)) return await openApart({ bytes, format, opening: opening('truncated') }, decode);
    if (decoder === 'graft')
      return await within({ ...decodeBmp(bytes, PIXEL_LIMIT), channels: 3 }, opening('error'), decode);
    if (format === 'tiff') {
      await checkRange(bytes);
      await checkForHoles(bytes);
    }
    if (!lacking) return await within({ bytes }, opening('truncated'), decode);
    try {
      return await within({ bytes }, opening('warning'), decode);
    } catch (error) {
      const { message } = error as Error;
      if (lacking.test(message) || (header.progressive && SPILT.test(message))) throw error;
    }
    return await within({ bytes }, opening(format === 'tiff' ? 'error' : 'truncated'), decode);
  } catch (cause) {
    throw asProblem(cause, format);
  }
}

/** Decodes in this process, as many pixels at once as memory allows. */
async function within<T>(given: Given, opening: Opening, decode: (opened: Opened) => Promise<T>): Promise<T> {
  const { width, height, alpha } =
    'bytes' in given
      ? await describePicture(given, opening)
      : { width: given.width, height: given.height, alpha: false };
  return inFlight(width * height, () =>
    decode({
      width,
      height,
      alpha: alpha && opening.background === undefined,
      levels: (steps) => levelsOf(given, opening, steps),
    }),
  );
}

/** Turns an error from decoding a picture into what is wrong with the picture; gives other errors as they are. */
function asProblem(error: unknown, format: PictureFormat): Error {
  if (error instanceof PictureProblem) return error;
  const { message } = error as Error;
  if (error instanceof TookTooLong)
    return new PictureProblem('too large', `${message}; make it simpler, or convert it to PNG`, { cause: error });
  if (OTHER_FAULTS.test(message)) return error as Error;
  if (FORMATS[format].decoder !== 'graft' && UNREAD.test(message))
    return new PictureProblem(
      'not read',
      `it is ${FORMATS[format].name} of a kind that Graft does not read (${inOneLine(message)}): convert it to PNG, or leave it out`,
      { cause: error },
    );
  return new PictureProblem('damaged', inOneLine(message), { cause: error });
}

/** What libvips says about files that it has no decoder for. */
const UNREAD =
  /unsupported image format|not configured|not implemented|bad labq format|samples out of range|has not been built in|unsupported (?:codec|feature)/i;
/** Messages about faults that are not the picture's. */
const OTHER_FAULTS = /^Unable to parse color|^Expected |out of memory|Cannot find (?:module|package)/;

/** @throws PictureProblem if it is not a picture, or not one that Graft reads */
export function checkReadable(header: PictureHeader | undefined, bytes?: Uint8Array): asserts header is PictureHeader {
  if (!header) throw new PictureProblem('no picture', 'it is not a picture');
  if (header.width * header.height > PIXEL_LIMIT)
    throw new PictureProblem(
      'too large',
      `its ${header.width}×${header.height} pixels are more than the ${PIXEL_LIMIT / 1e6} million that Graft reads; make it smaller`,
    );
  const facts = bytes && header.format === 'tiff' ? tiffFacts(bytes) : undefined;
  const how = notRead(header.format) ?? (facts && whyNotRead(facts));
  if (how) throw new PictureProblem('not read', `${how}, or leave it out`);
}

/** Says why a format is not read; undefined if it is. */
function notRead(format: PictureFormat): string | undefined {
  const { name, decoder, instead = 'convert it to PNG' } = FORMATS[format];
  if (decoder) return undefined;
  return `it is a ${format === 'raw' ? name : `picture in the format ${name}`}, which Graft does not read: ${instead}`;
}

/**
 * Checks the range of a TIFF file's numbers. A file of fractions, of numbers with a sign or of more than 16 bits does
 * not say what is white. Only grey fractions that are all in 0..255, with some of them above 1, are read as they are.
 * @throws PictureProblem
 */
async function checkRange(bytes: Uint8Array): Promise<void> {
  const { sampleFormat, bits, samples } = tiffFacts(bytes) ?? { sampleFormat: 1, bits: 8, samples: 1 };
  if (sampleFormat === 1 && bits <= 16) return;
  const fractions = sampleFormat === 3;
  if (fractions && samples === 1) {
    const { lowest, highest } = await levelRange({ bytes }, { failOn: 'error', deep: false });
    if (lowest >= 0 && highest > 1 && highest <= 255) return;
  }
  const what = fractions ? 'fractions' : sampleFormat === 1 ? `numbers of ${bits} bits` : 'numbers with a sign';
  throw new PictureProblem(
    'not read',
    `its levels are ${what}, and nothing says which of them is white: convert it to 8 or 16 bits without a sign, or leave it out`,
  );
}

async function scaled(opened: Opened, placement: Placement, interpolation: Interpolation): Promise<Uint8Array> {
  const { height, width, alpha, levels } = opened;
  const { scaled: to, cut } = placement;
  const kernel = SHRINK[interpolation as keyof typeof SHRINK];
  const ratio = Math.min(height / to[0], width / to[1]);
  const exact = isExact(interpolation);
  if (ratio < 1 || !kernel || alpha || (exact && ratio < FIRST))
    return scaleAndCut(await levels(), [height, width], placement, interpolation);
  if (ratio < FIRST) return levels({ resize: { width: to[1], height: to[0], kernel }, extract: cut });
  const [h, w] = [FIRST * to[0], FIRST * to[1]];
  const larger = await levels({ resize: { width: w, height: h, kernel } });
  if (exact) return scaleAndCut(larger, [h, w], placement, interpolation);
  const second = { resize: { width: to[1], height: to[0], kernel }, extract: cut } as const;
  return levelsOf({ pixels: larger, width: w, height: h, channels: 3 }, { failOn: 'error', deep: false }, second);
}
