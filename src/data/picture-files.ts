import { shortPath } from '../project.ts';
import { makeFolderOf } from '../storage/replace-file.ts';
import type { Dataset } from './dataset.ts';

/** A picture with more pixels than this is refused before it is decoded. */
const PIXEL_LIMIT = 100_000_000;

/**
 * Reads pictures of any size and format that sharp knows, turned upright, without transparency (on white), in sRGB,
 * cut to the centre and scaled to one size.
 * @param files paths
 * @param size height and width in pixels
 * @returns [n, H, W, 3] uint8 RGB
 * @throws Error naming the file that cannot be read
 */
export async function readPictures(files: readonly string[], [height, width]: readonly [number, number]): Promise<Uint8Array> {
  const bytes = height * width * 3;
  const pixels = new Uint8Array(files.length * bytes);
  for (const [i, file] of files.entries()) pixels.set(await readPicture(file, height, width), i * bytes);
  return pixels;
}

async function readPicture(file: string, height: number, width: number): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  try {
    return await sharp(file, { limitInputPixels: PIXEL_LIMIT, failOn: 'error' })
      .rotate() // by its EXIF orientation
      .flatten({ background: '#fff' })
      .resize(width, height, { fit: 'cover', kernel: 'lanczos3' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer();
  } catch (cause) {
    throw new Error(`${shortPath(file)}: expected a picture (JPEG, PNG, WebP, AVIF, GIF, TIFF or SVG); ${(cause as Error).message}.`, {
      cause,
    });
  }
}

/**
 * Writes one picture of a data set as a file, in the format of its ending.
 * @returns the file
 */
export async function savePicture(dataset: Dataset, index: number, file: string): Promise<string> {
  const { default: sharp } = await import('sharp');
  const [height, width] = dataset.imageSize;
  makeFolderOf(file);
  await sharp(await dataset.at([index]), { raw: { width, height, channels: 3 } }).toFile(file);
  return file;
}
