import sharp from 'sharp';
import { decodeWhole } from '../data/pictures/decode.ts';
import { readBytes } from '../storage/files/read-file.ts';

/** Turns pixels into a small JPEG in base64, which holds nothing of the file that they came from. */
export async function smallJpeg(
  pixels: Uint8Array,
  [height, width]: readonly [height: number, width: number],
  side: number,
): Promise<string> {
  const jpeg = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 85 })
    .toBuffer();
  return jpeg.toString('base64');
}

/** Does the same with a file, read as all pictures are. */
export async function smallJpegOf(file: string, side: number): Promise<string> {
  const { size, pixels } = await decodeWhole(await readBytes(file));
  return smallJpeg(pixels, size, side);
}
