/** A picture of [H, W, 3] uint8 RGB, with its size. */
export interface RawPicture {
  readonly pixels: Uint8Array;
  readonly size: readonly [height: number, width: number];
}

/** Gives a picture, unchanged, as a data: address. */
export const pngAddress = async (picture: RawPicture): Promise<string> =>
  `data:image/png;base64,${(await (await open(picture)).png({ compressionLevel: 9 }).toBuffer()).toString('base64')}`;

/** Gives a picture with small losses as a data: address. */
export const jpegAddress = async (picture: RawPicture): Promise<string> =>
  `data:image/jpeg;base64,${(await (await open(picture)).jpeg({ quality: 82 }).toBuffer()).toString('base64')}`;

/**
 * Gives a photo that is shown smaller than it is, as a data: address.
 * @param side the most pixels of a side
 */
export async function thumbnailAddress(picture: RawPicture, side: number): Promise<string> {
  const small = (await open(picture)).resize(side, side, { fit: 'inside', withoutEnlargement: true });
  return `data:image/jpeg;base64,${(await small.jpeg({ quality: 80 }).toBuffer()).toString('base64')}`;
}

async function open({ pixels, size: [height, width] }: RawPicture): Promise<import('sharp').Sharp> {
  const { default: sharp } = await import('sharp'); // only where pictures are drawn
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}
