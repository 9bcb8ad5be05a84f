import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPictures } from '../../src/data/pictures/picture-files.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { CASES, report } from '../faults/scale.ts';
import { clear, fuzz, mutated } from './fuzz.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'fuzz-pictures-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const raw = { raw: { width: 32, height: 32, channels: 3 as const } };
const pixels = await shapes10({ train: 1 }).train.read(0, 1);

/** As `readPictures` is called by `graft predict`. */
async function read(bytes: Uint8Array): Promise<void> {
  const file = path.join(folder, 'picture');
  writeFileSync(file, bytes);
  try {
    const { pixels: found } = await readPictures([file], [32, 32]);
    if (found.length !== 32 * 32 * 3) throw new TypeError(`${found.length} bytes`);
  } catch (error) {
    clear(error, /picture: expected a picture \(JPEG, PNG, WebP, AVIF, GIF, TIFF, HEIC, BMP or SVG\); /);
  }
}

it('pictures of every format, with some bytes changed, are read or refused', async () => {
  const formats = ['png', 'jpeg', 'webp', 'gif', 'tiff'] as const;
  const peak = process.resourceUsage().maxRSS;
  for (const format of formats) {
    const real = await sharp(pixels, raw).toFormat(format).toBuffer();
    await fuzz(`pictures-${format}`, mutated(real), read, { cases: Math.ceil(CASES / formats.length) });
  }
  const grown = (process.resourceUsage().maxRSS - peak) / 1024;
  report(`pictures: memory grew by ${grown.toFixed(0)} MiB`);
  expect(grown).toBeLessThan(1500);
});

it('SVG of any text is drawn or refused, and fetches nothing', async () => {
  const parts = fc.constantFrom(
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">',
    '<rect width="5" height="5"/>',
    '</svg>',
    '<image href="http://127.0.0.1:1/x.png"/>',
    '<image href="/etc/passwd"/>',
    '<!DOCTYPE svg [<!ENTITY a "aaaa">]>',
    '&a;',
    '<use href="#a"/>',
    '<g id="a">',
    '</g>',
    '<text>x</text>',
    'width="1e9"',
    'viewBox="0 0 1e30 1"',
  );
  const svg = fc
    .array(fc.oneof({ weight: 4, arbitrary: parts }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) }), {
      maxLength: 12,
    })
    .map((all) => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${all.join('')}`));
  await fuzz('pictures-svg', svg, read, { cases: Math.ceil(CASES / 5) });
});

it('a picture that claims to be enormous is refused before it is decoded', async () => {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(60_000, 0);
  header.writeUInt32BE(60_000, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const png = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1 << 20))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  const bomb = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"><rect width="9" height="9"/></svg>`,
  );
  const laughs = Buffer.from(
    `<!DOCTYPE svg [<!ENTITY a "lol">${'bcdefghij'
      .split('')
      .map((name, i) => `<!ENTITY ${name} "${`&${'abcdefghij'[i]};`.repeat(10)}">`)
      .join('')}]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&j;</text></svg>`,
  );
  const before = process.resourceUsage().maxRSS;
  for (const bytes of [png, bomb, laughs]) {
    writeFileSync(path.join(folder, 'bomb'), bytes);
    await expect(readPictures([path.join(folder, 'bomb')], [32, 32])).rejects.toThrow(/bomb: expected a picture/);
  }
  expect((process.resourceUsage().maxRSS - before) / 1024).toBeLessThan(500);
});
