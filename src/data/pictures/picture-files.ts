import { FORMATS_READ } from '../../pixels/formats/formats.ts';
import { pictureHeader } from '../../pixels/formats/picture-header.ts';
import { shortPath } from '../../project.ts';
import { makeFolderOf } from '../../storage/files/replace-file.ts';
import { KEY_BYTES, keyOf } from '../../storage/rows/keys.ts';
import { readBytes } from '../../storage/files/read-file.ts';
import { type Dataset, type Fitting, resizingOf } from '../dataset.ts';
import { decodePicture } from './decode.ts';
import { readingOfHeader } from './reading.ts';

/** Pictures of one size. */
export interface ReadPictures {
  /** [n, H, W, 3] uint8 RGB. */
  readonly pixels: Uint8Array;
  /** Names of their contents, [n, 16] uint8, as `contentsAt` of a data set. */
  readonly contents: Uint8Array;
  /** [n] uint8, as `readingAt` of a data set. */
  readonly readings: Uint8Array;
}

/**
 * Reads pictures of any size, as data sets of photos are read: upright, in sRGB, brought to one size.
 * @param files paths
 * @param size height and width in pixels
 * @param fit how they are brought to it @default cut to the centre
 * @throws Error naming the file that cannot be read
 */
export async function readPictures(
  files: readonly string[],
  [height, width]: readonly [number, number],
  fit: Fitting = WHOLE_PICTURE,
): Promise<ReadPictures> {
  checkSquare([height, width]);
  const length = height * width * 3;
  const pixels = new Uint8Array(files.length * length);
  const contents = new Uint8Array(files.length * KEY_BYTES);
  const readings = new Uint8Array(files.length);
  for (const [i, file] of files.entries()) {
    const bytes = await readPicture(file, async (content) => {
      pixels.set(await decodePicture(content, { ...resizingOf(fit), size: height }), i * length);
    });
    contents.set(keyOf(bytes), i * KEY_BYTES);
    readings[i] = readingOfHeader(pictureHeader(bytes) ?? {});
  }
  return { pixels, contents, readings };
}

/**
 * Reads one picture that is at hand in full, in the same way.
 * @param bytes a whole file
 * @throws PictureProblem saying what is wrong with it
 */
export async function readPictureBytes(
  bytes: Uint8Array,
  size: readonly [number, number],
  fit: Fitting = WHOLE_PICTURE,
): Promise<ReadPictures> {
  checkSquare(size);
  return {
    pixels: await decodePicture(bytes, { ...resizingOf(fit), size: size[0] }),
    contents: keyOf(bytes),
    readings: Uint8Array.of(readingOfHeader(pictureHeader(bytes) ?? {})),
  };
}

function checkSquare([height, width]: readonly [number, number]): void {
  if (height !== width) throw new RangeError(`readPictures: expected a square; got ${height}×${width}.`);
}

/** For classifiers whose training pictures already had their size: pictures of other sizes are cut to the centre. */
export const WHOLE_PICTURE: Fitting = { fit: 'crop', cropFraction: 1, interpolation: 'lanczos3' };

async function readPicture(file: string, decode: (bytes: Uint8Array) => Promise<void>): Promise<Uint8Array> {
  try {
    const bytes = await readBytes(file);
    await decode(bytes);
    return bytes;
  } catch (cause) {
    const why = (cause as Error).message;
    throw new Error(`${shortPath(file)}: expected a picture (${FORMATS_READ}); ${why}.`, {
      cause,
    });
  }
}

/**
 * Writes one picture of a data set as a file, in the format of its ending.
 * @returns the file
 * @example
 * const file = await savePicture(images.test, 0, 'results/first.png');
 */
export async function savePicture(dataset: Dataset, index: number, file: string): Promise<string> {
  const { default: sharp } = await import('sharp');
  const [height, width] = dataset.imageSize;
  makeFolderOf(file);
  await sharp(await dataset.at([index]), { raw: { width, height, channels: 3 } }).toFile(file);
  return file;
}

/**
 * Gives one picture as a PNG file.
 * @param pixels [H, W, 3] uint8 RGB
 */
export async function pngOf(pixels: Uint8Array, [height, width]: readonly [number, number]): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
