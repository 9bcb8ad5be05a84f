import { describe, expect, it } from 'vitest';
import { decodeBmp } from '../../src/pixels/formats/bmp.ts';

/** A bitmap with a 40-byte header. */
function bmp(
  [width, height]: readonly [number, number],
  bits: number,
  {
    compression = 0,
    masks = [],
    palette = [],
    data,
  }: { compression?: number; masks?: number[]; palette?: number[]; data: number[] },
): Uint8Array {
  const start = 54 + 4 * masks.length + palette.length;
  const bytes = Buffer.alloc(start + data.length);
  bytes.write('BM');
  bytes.writeUInt32LE(start, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(bits, 28);
  bytes.writeUInt32LE(compression, 30);
  masks.forEach((mask, i) => bytes.writeUInt32LE(mask, 54 + 4 * i));
  bytes.set(palette, 54 + 4 * masks.length);
  bytes.set(data, start);
  return bytes;
}
const decode = (bytes: Uint8Array): number[] => [...decodeBmp(bytes, 1e6).pixels];
const COLOURS = [0, 0, 0, 0, 30, 20, 10, 0, 60, 50, 40, 0]; // black, (10, 20, 30), (40, 50, 60) as B, G, R, 0

describe('a bitmap', () => {
  it('lies from the bottom up, or from the top down where its height is negative', () => {
    const data = [3, 2, 1, 0, 6, 5, 4, 0];
    expect(decode(bmp([1, 2], 24, { data }))).toEqual([4, 5, 6, 1, 2, 3]);
    expect(decode(bmp([1, -2], 24, { data }))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('has 16 or 32 bits, with masks or without', () => {
    expect(decode(bmp([2, 1], 16, { data: [0x1f, 0, 0, 0x7c] }))).toEqual([0, 0, 255, 255, 0, 0]);
    const masks = [0xf800, 0x7e0, 0x1f];
    expect(decode(bmp([1, 1], 16, { compression: 3, masks, data: [0xe0, 0x07, 0, 0] }))).toEqual([0, 255, 0]);
    const turned = [0xff, 0xff00, 0xff0000];
    expect(decode(bmp([1, 1], 32, { compression: 3, masks: turned, data: [1, 2, 3, 255] }))).toEqual([1, 2, 3]);
    expect(decode(bmp([1, 1], 32, { data: [3, 2, 1, 0] }))).toEqual([1, 2, 3]);
  });

  it('has a palette, run-length encoded or not', () => {
    expect(decode(bmp([3, 1], 8, { palette: COLOURS, data: [1, 2, 0, 0] }))).toEqual([10, 20, 30, 40, 50, 60, 0, 0, 0]);
    expect(decode(bmp([3, 1], 4, { palette: COLOURS, data: [0x12, 0, 0, 0] }))).toEqual([
      10, 20, 30, 40, 50, 60, 0, 0, 0,
    ]);
    const runs = [2, 1, 0, 0, 0, 3, 2, 1, 2, 0, 0, 1]; // two of 1; next line; 2, 1, 2 as they are; the end
    const [a, b, black] = [
      [10, 20, 30],
      [40, 50, 60],
      [0, 0, 0],
    ];
    expect(decode(bmp([3, 2], 8, { compression: 1, palette: COLOURS, data: runs }))).toEqual(
      [b, a, b, a, a, black].flat(),
    );
    const nibbles = [3, 0x12, 0, 1];
    expect(decode(bmp([3, 1], 4, { compression: 2, palette: COLOURS, data: nibbles }))).toEqual([a, b, a].flat());
  });

  it('is refused with what is wrong', () => {
    const refused = (bytes: Uint8Array, said: string): void => expect(() => decodeBmp(bytes, 1e6)).toThrow(said);
    refused(Buffer.from('BM'), 'it is not a BMP');
    refused(bmp([4, 4], 24, { data: [1, 2, 3] }), 'it is cut off: expected 102 bytes; got 57');
    refused(bmp([4, 4], 8, { compression: 1, palette: COLOURS, data: [4, 1] }), 'its rows end too early');
    refused(bmp([40_000, 40_000], 24, { data: [] }), 'its size, 40000×40000, is not one that Graft reads');
    refused(bmp([1, 1], 24, { compression: 4, data: [0] }), 'its kind, 24 bits with compression 4');
    refused(bmp([1, 1], 16, { compression: 3, masks: [0x5, 2, 8], data: [0, 0, 0, 0] }), 'its masks, 5, 2, 8');
  });
});
