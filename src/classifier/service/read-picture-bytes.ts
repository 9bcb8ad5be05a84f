import type { Fitting } from '../../data/dataset.ts';
import { type ReadPictures, readPictureBytes as read } from '../../data/pictures/picture-files.ts';
import { PictureProblem } from '../../data/pictures/problem.ts';
import { FORMATS_READ } from '../../pixels/formats/formats.ts';
import { pictureHeader } from '../../pixels/formats/picture-header.ts';
import { PictureError } from './picture-error.ts';

/**
 * Decodes a picture as `graft predict` does.
 * @param options.maxPixels the most pixels it may have; looked at before anything is decoded
 * @throws PictureError saying what is wrong with it
 */
export async function readGiven(
  bytes: Uint8Array,
  of: {
    readonly imageSize: readonly [number, number];
    readonly fit: Fitting | undefined;
    readonly maxPixels: number;
  },
): Promise<ReadPictures> {
  if (!bytes.length) throw new PictureError('expected a picture; it is empty.');
  const { width, height } = pictureHeader(bytes) ?? { width: 0, height: 0 };
  if (width * height > of.maxPixels)
    throw new PictureError(
      `expected a picture of at most ${of.maxPixels.toLocaleString('en-US')} pixels; it has ${width}×${height}. ` +
        'Make it smaller, or open the classifier with a larger maxPixels.',
    );
  try {
    return await read(bytes, of.imageSize, of.fit);
  } catch (cause) {
    if (cause instanceof PictureProblem)
      throw new PictureError(`expected a picture (${FORMATS_READ}); ${cause.message}.`, { cause });
    throw cause;
  }
}
