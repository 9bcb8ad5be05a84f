import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packedModel } from '../../src/page/packed.ts';
import { bytesOfText, textOfBytes } from '../../src/page/text-of-bytes.ts';
import { random } from '../../src/random.ts';

describe('bytes as text in a page', () => {
  it('come back, however many there are', () => {
    const draw = random(5);
    for (let n = 0; n < 60; n++)
      for (const bytes of [
        Uint8Array.from({ length: n }, () => draw() * 256),
        new Uint8Array(n),
        new Uint8Array(n).fill(255),
      ])
        expect(bytesOfText(textOfBytes(bytes)), String(n)).toEqual(bytes);
  });

  it('have nothing that HTML could take for something else, and 16 characters for 13 bytes', () => {
    const draw = random(6);
    const text = textOfBytes(Uint8Array.from({ length: 13_000 }, () => draw() * 256));
    expect(text).toHaveLength(16_000);
    expect(text).toMatch(/^[!#-%'-;=-~]+$/);
    expect(new Set(text).size).toBe(91);
  });
});

describe('a packed graph', () => {
  it('is one gzip file, and smaller than its parts by one strategy', () => {
    const draw = random(7);
    const noise = Array.from({ length: 300_000 }, () => Math.floor(draw() * 64));
    for (const n of [1, 128 * 1024, 300_000]) {
      const bytes = Uint8Array.from(noise.slice(0, n));
      expect(gunzipSync(packedModel(bytes)).equals(bytes), String(n)).toBe(true);
    }
    expect(packedModel(Uint8Array.from(noise)).length).toBeLessThan((300_000 * 6.1) / 8);
  });
});
