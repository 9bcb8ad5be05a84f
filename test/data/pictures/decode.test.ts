import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture, decodeWhole, type Target } from '../../../src/data/pictures/decode.ts';
import { readTimmConfig } from '../../../src/backbones/timm-config.ts';
import { REFERENCES, reference, uint8 } from '../../references/read.ts';

interface Case {
  readonly name: string;
  readonly file: string;
  readonly size: [number, number];
  readonly crop: string;
  readonly squash: string;
}
const { cases } = reference<{ cases: Case[] }>('pictures.json');
interface Squashed {
  readonly over: number;
  readonly config: Record<string, unknown>;
  readonly pixels: readonly string[];
}
const { files, cases: squashed } = reference<{ files: string[]; cases: Squashed[] }>('timm-squash.json');
const TARGET: Target = { size: 32, resize: 'crop', cropFraction: 0.875, interpolation: 'bicubic-keys' };

/** Mean distance of levels. */
const distance = (a: Uint8Array, b: Uint8Array): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
};
const fileOf = (name: string): Uint8Array => uint8(cases.find((one) => one.name === name)!.file);
const drawn = (width: number, height: number, background = '#888'): Sharp =>
  sharp({ create: { width, height, channels: 3, background } });

describe('a picture from a file', () => {
  // Pillow: resize(…, Image.BICUBIC) after convert('RGB'), exif_transpose and, with a profile, ImageCms to sRGB
  it.each(cases)('is what Pillow gives, within a level on average: $name', async ({ file, size, crop, squash }) => {
    const bytes = uint8(file);
    expect((await decodeWhole(bytes)).size).toEqual(size);
    expect(distance(await decodePicture(bytes, TARGET), uint8(crop))).toBeLessThan(1);
    expect(distance(await decodePicture(bytes, { ...TARGET, resize: 'squash' }), uint8(squash))).toBeLessThan(1);
  });

  // timm's create_transform(crop_mode='squash'): see timm_squash.py
  it.each(squashed)(
    'is what timm gives where it squashes and $over pixels are left over',
    async ({ config, pixels }) => {
      const { size, cropFraction, resize: fit, interpolation } = readTimmConfig(config);
      for (const [i, name] of files.entries()) {
        const bytes = readFileSync(path.join(REFERENCES, 'networks', 'pictures', name));
        const got = await decodePicture(bytes, { size, cropFraction, resize: fit!, interpolation });
        expect(distance(got, uint8(pixels[i])), name).toBeLessThan(0.05);
      }
    },
  );

  it('stands upright, whatever its EXIF orientation', async () => {
    const first = await decodePicture(fileOf('exif1.jpg'), TARGET);
    const turned = uint8(cases.find(({ name }) => name === 'exif6.jpg')!.crop);
    expect(distance(first, turned)).toBeGreaterThan(10);
  });

  it('is padded with black, in the middle', async () => {
    const bytes = await drawn(40, 20, '#fff').png().toBuffer();
    const pixels = await decodePicture(bytes, { ...TARGET, resize: 'pad' });
    const rows = Array.from({ length: 32 }, (_, row) => pixels[row * 32 * 3]);
    expect(rows.indexOf(255)).toBe(8);
    expect(rows.lastIndexOf(255)).toBe(23);
  });

  it('drops transparency, or shows a colour through it', async () => {
    const bytes = await sharp({
      create: { width: 40, height: 40, channels: 4, background: { r: 200, g: 10, b: 10, alpha: 0 } },
    })
      .png()
      .toBuffer();
    expect([...(await decodePicture(bytes, TARGET)).subarray(0, 3)]).toEqual([200, 10, 10]);
    expect([...(await decodePicture(bytes, { ...TARGET, background: '#00f' })).subarray(0, 3)]).toEqual([0, 0, 255]);
  });

  it('loses less than a level where a large JPEG is shrunk while it is decoded', async () => {
    const large = await sharp(fileOf('large.png'))
      .resize(1600, 1200, { kernel: 'cubic' })
      .jpeg({ quality: 95 })
      .toBuffer();
    const png = await sharp(large).png().toBuffer();
    const size = { ...TARGET, size: 96 };
    expect(distance(await decodePicture(large, size), await decodePicture(png, size))).toBeLessThan(1);
  });

  it('is CMYK too', async () => {
    const bytes = await drawn(50, 50, '#c03020').toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    const [r, g, b] = await decodePicture(bytes, TARGET);
    expect(r).toBeGreaterThan(g + 60);
    expect(r).toBeGreaterThan(b + 60);
  });

  it('is refused with what to do about it', async () => {
    const jpeg = Buffer.from(fileOf('plain.jpg'));
    await expect(decodePicture(jpeg.subarray(0, jpeg.length / 2), TARGET)).rejects.toThrow(/premature end|truncated/);
    await expect(decodePicture(Buffer.from('<!DOCTYPE html><p>Not found'), TARGET)).rejects.toThrow(
      'it is not a picture',
    );
    await expect(decodePicture(Buffer.alloc(0), TARGET)).rejects.toThrow('it is not a picture');
    const raw = Buffer.from('FUJIFILMCCD-RAW', 'latin1');
    await expect(decodePicture(raw, TARGET)).rejects.toThrow(/raw photo.*develop it to JPEG/);
    const vast = Buffer.from(await drawn(8, 8).png().toBuffer());
    vast.writeUInt32BE(40_000, 16);
    vast.writeUInt32BE(40_000, 20);
    await expect(decodePicture(vast, TARGET)).rejects.toThrow(
      'its 40000×40000 pixels are more than the 100 million that Graft reads; make it smaller',
    );
  });
});
