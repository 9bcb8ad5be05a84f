import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { formatOfName } from '../../src/pixels/formats/formats.ts';
import { pictureHeader } from '../../src/pixels/formats/picture-header.ts';
import { reference, uint8 } from '../references/read.ts';

const { cases } = reference<{ cases: { name: string; file: string; size: [number, number] }[] }>('pictures.json');

describe('what a file says it is', () => {
  it('is told by its first bytes, with its size and whether its end is there', () => {
    for (const { name, file, size } of cases) {
      const bytes = uint8(file);
      const header = pictureHeader(bytes, name)!;
      expect(header.format).toBe(name.startsWith('png-') ? 'png' : formatOfName(name));
      expect(header.whole).toBe(true);
      const sides = [header.height, header.width].sort();
      if (header.format !== 'tiff') expect(sides).toEqual([...size].sort());
      if (['jpeg', 'png', 'webp'].includes(header.format))
        expect(pictureHeader(bytes.subarray(0, bytes.length - 30))!.whole).toBe(false);
    }
  });

  it.each(['lossy', 'lossless', 'alpha'] as const)('reads the size of a %s WebP', async (kind) => {
    const channels = kind === 'alpha' ? 4 : 3;
    const drawn = sharp({ create: { width: 300, height: 70, channels, background: { r: 9, g: 8, b: 7, alpha: 0.5 } } });
    const header = pictureHeader(await drawn.webp({ lossless: kind === 'lossless' }).toBuffer());
    expect(header).toEqual({ format: 'webp', width: 300, height: 70, whole: true });
  });

  it('finds the end of a JPEG that carries something behind it, and not that of its thumbnail', () => {
    const jpeg = Buffer.from(uint8(cases[0].file));
    expect(pictureHeader(Buffer.concat([jpeg, Buffer.from('a film')]))!.whole).toBe(true);
    const thumbnail = Buffer.concat([Buffer.from([0xff, 0xe1, (jpeg.length + 2) >> 8, (jpeg.length + 2) & 255]), jpeg]);
    const cut = Buffer.concat([jpeg.subarray(0, 2), thumbnail, jpeg.subarray(2, -200)]);
    expect(pictureHeader(cut)).toMatchObject({ width: 90, height: 64, whole: false });
  });

  it('tells pictures that are not read from other files', () => {
    const of = (text: string, name = ''): string | undefined =>
      pictureHeader(Buffer.from(text, 'latin1'), name)?.format;
    expect(of('\0\0\0\x18ftypheic\0\0\0\0mif1heic')).toBe('heic');
    expect(of('\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf')).toBe('avif');
    expect(of('\0\0\0\x1cftypisom\0\0\0\0isommp42')).toBeUndefined(); // a film
    expect(of('II*\0\x08\0\0\0', 'a.NEF')).toBe('raw');
    expect(of('II*\0\x08\0\0\0', 'a.tif')).toBe('tiff');
    expect(of('P6 2 2 255\n')).toBe('ppm');
    expect(of('8BPS\0\x01')).toBe('psd');
    expect(of('<?xml version="1.0"?>\n<svg xmlns="x">')).toBe('svg');
    expect(of('<!DOCTYPE html><svg>')).toBeUndefined();
    expect(of('BM, I hear, is a car maker')).toBeUndefined();
    expect(of('')).toBeUndefined();
  });
});
