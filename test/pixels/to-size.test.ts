import { expect, it } from 'vitest';
import sharp from 'sharp';
import { decodePicture } from '../../src/data/pictures/decode.ts';
import { toSize } from '../../src/pixels/to-size.ts';
import { RESIZES } from '../../src/pixels/resize.ts';

it('a picture that grows gets the levels that `decodePicture` gives it, whichever way it is resized', async () => {
  const [height, width] = [20, 31];
  const pixels = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7919) % 256);
  const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  for (const resize of RESIZES) {
    const target = { size: 48, resize, cropFraction: 0.9, interpolation: 'bicubic' } as const;
    expect(toSize(pixels, [height, width], target), resize).toEqual(new Uint8Array(await decodePicture(png, target)));
  }
});
