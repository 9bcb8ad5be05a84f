import { constants, deflateSync } from 'node:zlib';
import sharp, { type Sharp, type TiffOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeWhole } from '../../../src/data/pictures/decode.ts';
import { seeBytes } from '../../../src/data/pictures/look.ts';
import { tiffFacts, tiffParts } from '../../../src/pixels/formats/tiff.ts';

const [WIDTH, HEIGHT] = [112, 96];
const noise = Uint8Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) => (i * i * 31 + i * 7) % 251);
const drawn = (channels: 1 | 3 | 4 = 3): Sharp =>
  sharp(noise.subarray(0, WIDTH * HEIGHT * channels), { raw: { width: WIDTH, height: HEIGHT, channels } });
const tiff = (options: TiffOptions, of = drawn()): Promise<Buffer> => of.tiff(options).toBuffer();
const tiled = { tile: true, tileWidth: 32, tileHeight: 32 } as const;
const seen = async (bytes: Uint8Array): Promise<string> => {
  const { problem, remark } = await seeBytes(bytes, 'a.tif', { size: bytes.length, changed: 0, touched: 0, inode: 0 });
  return problem || remark;
};

/** A TIFF file without a part of what one of its strips or tiles, the middle one, is packed in. */
function holes(bytes: Buffer): Record<'middle' | 'tail' | 'all' | 'cut', Buffer> {
  const { parts } = tiffParts(bytes, tiffFacts(bytes)!);
  const part = parts[parts.length >> 1];
  const from = part.byteOffset - bytes.byteOffset;
  const without = (a: number, b: number): Buffer =>
    Buffer.from(bytes).fill(0, from + Math.floor(part.length * a), from + Math.floor(part.length * b));
  return {
    middle: without(0.25, 0.75),
    tail: without(0.5, 1),
    all: without(0, 1),
    cut: bytes.subarray(0, from + (part.length >> 1)),
  };
}

/** A TIFF file of one strip of 8-bit grey levels. */
function oneStrip(strip: Uint8Array, [width, height]: readonly [number, number]): Buffer {
  const entries: [tag: number, type: number, value: number][] = [
    ...([
      [256, 4, width],
      [257, 4, height],
      [258, 3, 8],
      [259, 3, 8],
      [262, 3, 1],
    ] as [number, number, number][]),
    ...([
      [273, 4, 8],
      [277, 3, 1],
      [278, 4, height],
      [279, 4, strip.length],
    ] as [number, number, number][]),
  ];
  const at = 8 + strip.length + (strip.length % 2);
  const out = Buffer.alloc(at + 2 + entries.length * 12 + 4);
  out.write('II*\0', 'latin1');
  out.writeUInt32LE(at, 4);
  out.set(strip, 8);
  out.writeUInt16LE(entries.length, at);
  entries.forEach(([tag, type, value], i) => {
    const entry = at + 2 + i * 12;
    out.writeUInt16LE(tag, entry);
    out.writeUInt16LE(type, entry + 2);
    out.writeUInt32LE(1, entry + 4);
    out.writeUInt32LE(value, entry + 8);
  });
  return out;
}

describe('a hole in a strip or tile of a TIFF file', () => {
  it.each([
    ['deflate', { compression: 'deflate' }],
    ['deflate with a predictor', { compression: 'deflate', predictor: 'horizontal' }],
    ['deflate, tiles', { compression: 'deflate', ...tiled }],
    ['deflate, BigTIFF', { compression: 'deflate', bigtiff: true }],
    ['jpeg', { compression: 'jpeg', quality: 95 }],
    ['jpeg, tiles', { compression: 'jpeg', quality: 95, ...tiled }],
    ['lzw', { compression: 'lzw' }],
    ['lzw, tiles', { compression: 'lzw', ...tiled }],
  ] as [string, TiffOptions][])('leaves it out, and says why: %s', async (_, options) => {
    const whole = await tiff(options);
    expect(await seen(whole)).toBe('');
    for (const [where, bytes] of Object.entries(holes(whole))) {
      expect(await seen(bytes), where).toMatch(/^damaged: ./);
      await expect(decodeWhole(bytes), where).rejects.toThrow(/./);
    }
  });

  it('of WebP is refused where a part is none, and remarked on where it has a hole, as in a WebP file', async () => {
    for (const options of [
      { compression: 'webp' },
      { compression: 'webp', ...tiled, tileWidth: 64 },
    ] as TiffOptions[]) {
      const whole = await tiff({ ...options, quality: 100 });
      expect(await seen(whole)).toBe('');
      const { middle, tail, all, cut } = holes(whole);
      expect([await seen(middle), await seen(tail)]).toEqual(['zeros', 'zeros']);
      expect(await seen(all)).toMatch(/^damaged: (strip|tile) \d+ of \d+ is broken \(it is not a WebP\)/);
      expect(await seen(cut)).toMatch(/^damaged: /);
    }
  });

  it('is none where nothing is missing: every compression, predictor, tiles, 16 bits, transparency, grey, two pages', async () => {
    const wrong: string[] = [];
    let tried = 0;
    const compressions = ['deflate', 'lzw', 'jpeg', 'webp', 'packbits', 'none'] as const;
    for (const compression of compressions)
      for (const layout of [{}, tiled, { ...tiled, pyramid: true }, { bigtiff: true }])
        for (const predictor of ['none', 'horizontal'] as const)
          for (const kind of ['rgb', 'grey', 'alpha', 'deep'] as const) {
            const few = compression === 'jpeg' || compression === 'webp';
            if (few && (predictor !== 'none' || kind === 'deep')) continue; // of these 8 bits only
            if (kind === (compression === 'jpeg' ? 'alpha' : compression === 'webp' ? 'grey' : '')) continue;
            const of = drawn(kind === 'grey' ? 1 : kind === 'alpha' ? 4 : 3);
            const picture =
              kind === 'deep' ? of.toColourspace('rgb16') : kind === 'grey' ? of.toColourspace('b-w') : of;
            tried++;
            const said = await seen(await tiff({ compression, predictor, ...layout }, picture));
            if (said) wrong.push(`${compression}, ${JSON.stringify(layout)}, ${predictor}, ${kind}: ${said}`);
          }
    expect(wrong).toEqual([]);
    expect(tried).toBe(144);
  });

  it('is none where a Deflate stream was never ended, or something stands behind it, which libtiff reads', async () => {
    const levels = noise.subarray(0, WIDTH * HEIGHT);
    const stream = deflateSync(levels);
    const unended = deflateSync(levels, { finishFlush: constants.Z_SYNC_FLUSH });
    for (const strip of [stream, unended, Buffer.concat([stream, Buffer.from('behind')]), stream.subarray(0, -2)]) {
      const bytes = oneStrip(strip, [WIDTH, HEIGHT]);
      expect(await seen(bytes)).toBe('');
      expect([...(await decodeWhole(bytes)).pixels.filter((_, i) => i % 3 === 0)]).toEqual([...levels]);
    }
    const bomb = oneStrip(deflateSync(Buffer.alloc(2 ** 24)), [WIDTH, HEIGHT]);
    expect(await seen(bomb)).toMatch(/^damaged: strip 1 of 1 is broken \(it does not end\)/);
  });
});
