import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { needsApart } from '../../../../src/data/pictures/apart/needed.ts';
import { decodeWhole } from '../../../../src/data/pictures/decode.ts';
import { inFlight } from '../../../../src/data/pictures/in-flight.ts';
import { seeBytes } from '../../../../src/data/pictures/look.ts';
import { pictureHeader } from '../../../../src/pixels/formats/picture-header.ts';

// as it is, with less patience
vi.mock('../../../../src/data/pictures/apart/apart.ts', async (original) => {
  const real = await original<typeof import('../../../../src/data/pictures/apart/apart.ts')>();
  const openApart: typeof real.openApart = (picture, use) => real.openApart(picture, use, { seconds: 2 });
  return { ...real, openApart };
});

const svg = (inside: string, size = 40): Buffer =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">${inside}</svg>`);
const shapes = '<rect width="40" height="20" fill="#c00"/><circle cx="20" cy="30" r="9"/>';
const repeated = svg(`<defs><g id="a">${shapes}</g></defs><use href="#a"/>`);
const state = { size: 1, changed: 0, touched: 0, inode: 0 };

describe('a picture in a process of its own', () => {
  it('is one that may take any time: an effect, a part drawn again, a HEIC photo; not a few shapes or a JPEG', async () => {
    const needs = (bytes: Uint8Array): boolean => needsApart(bytes, pictureHeader(bytes)!.format);
    expect(needs(svg(shapes))).toBe(false);
    expect(needs(repeated)).toBe(true);
    expect(needs(svg('<rect width="9" height="9" style="filter: blur(9px)"/>'))).toBe(true);
    expect(needs(svg('<path d="M0 0 L9 9" stroke-dasharray="1e-9"/>'))).toBe(true);
    expect(needs(svg(`<path d="${'M0 0 '.repeat(99_999)}"/>`))).toBe(true);
    const jpeg = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#fff' } })
      .jpeg()
      .toBuffer();
    expect(needs(jpeg)).toBe(false);
    expect(needs(Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'))).toBe(true);
  });

  it('gives the same levels as in this one', async () => {
    const [apart, here] = [await decodeWhole(repeated), await decodeWhole(svg(shapes))];
    expect(apart.size).toEqual(here.size);
    expect(Buffer.compare(apart.pixels, here.pixels)).toBe(0);
  });

  it('is left out where it takes too long, and the next one is read', async () => {
    const noise = '<filter id="f"><feTurbulence baseFrequency="0.01" numOctaves="200"/></filter>';
    const endless = svg(`${noise}<rect width="3000" height="3000" filter="url(#f)"/>`, 3000);
    expect((await seeBytes(endless, 'endless.svg', state)).problem).toBe(
      'too large: decoding it takes more than 2 s; make it simpler, or convert it to PNG',
    );
    expect((await seeBytes(repeated, 'good.svg', state)).problem).toBe('');
  }, 300_000);

  it('says what is wrong with it', async () => {
    const { problem } = await seeBytes(svg('<use href="#a"/><g>'), 'open.svg', state);
    expect(problem).toMatch(/^damaged: (?!.*\n)/);
  });
});

describe('pictures that are decoded at once', () => {
  it('have no more pixels together than one may have, and a large one has its turn', async () => {
    const sizes = [60e6, 30e6, 99e6, 5e6, 99e6, 200e6, 1e6, 1e6];
    const order: number[] = [];
    let [now, most] = [0, 0];
    const one = (pixels: number, i: number): Promise<void> =>
      inFlight(pixels, async () => {
        order.push(i);
        now += pixels;
        if (now !== pixels) most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 2));
        now -= pixels;
        if (i === 3) throw new Error('damaged');
      });
    const ended = await Promise.allSettled(sizes.map(one));
    expect(most).toBe(90e6);
    expect(order).toEqual(sizes.map((_, i) => i));
    expect(ended.map(({ status }) => status === 'rejected')).toEqual(sizes.map((_, i) => i === 3));
  });
});
