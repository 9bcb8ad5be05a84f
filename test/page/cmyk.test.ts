import sharp from 'sharp';
import { expect, it } from 'vitest';
import { isCmyk } from '../../src/page/browser/pictures/cmyk.ts';

it('a JPEG in the colours of print is recognized by its frame', async () => {
  const picture = sharp({ create: { width: 20, height: 10, channels: 3, background: 'teal' } });
  const jpeg = () => picture.clone().jpeg();
  expect(isCmyk(await jpeg().toBuffer())).toBe(false);
  expect(isCmyk(await jpeg().toColourspace('cmyk').toBuffer())).toBe(true);
  expect(isCmyk(await jpeg().toColourspace('cmyk').jpeg({ progressive: true }).toBuffer())).toBe(true);
  expect(isCmyk(new Uint8Array(8))).toBe(false);
});
