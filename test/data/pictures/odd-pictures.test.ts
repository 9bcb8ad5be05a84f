import { renameSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture, decodeWhole } from '../../../src/data/pictures/decode.ts';
import { findInFiles } from '../../../src/data/pictures/findings.ts';
import { contentOf, lookAtFiles, NOTHING, seeBytes } from '../../../src/data/pictures/look.ts';
import { pictureSet } from '../../../src/data/pictures/picture-set.ts';
import { hashOf } from '../../../src/storage/files/hash.ts';
import { keyOf } from '../../../src/storage/rows/keys.ts';
import type { KnownFile } from '../../../src/data/pictures/picture-index.ts';
import { reference, uint8 } from '../../references/read.ts';
import { picture, put, temporaryFolder } from '../pictures.ts';

interface Odd {
  readonly files: Readonly<Record<string, string>>;
  readonly pixels: Readonly<Record<string, { readonly size: readonly [number, number]; readonly rgb: string }>>;
  readonly right: Readonly<Record<string, string>>;
}
const { files, pixels, right } = reference<Odd>('odd-pictures.json');
const fileOf = (name: string): Uint8Array => uint8(files[name]);
const rightOf = (name: string): { size: readonly [number, number]; rgb: Uint8Array } => {
  const { size, rgb } = pixels[right[name]];
  return { size, rgb: gunzipSync(uint8(rgb)) };
};
const see = (bytes: Uint8Array, name = ''): Promise<KnownFile> =>
  seeBytes(bytes, name, { size: bytes.length, changed: 0, touched: 0, inode: 0 });
const distance = (a: Uint8Array, b: Uint8Array): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
};
const mostOf = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

describe('an odd picture', () => {
  it.each(Object.keys(right))('is read as it is meant: %s', async (name) => {
    const { problem, remark } = await see(fileOf(name), name);
    expect({ problem, remark }).toEqual({ problem: '', remark: '' });
    const { size, pixels: got } = await decodeWhole(fileOf(name));
    expect(size).toEqual(rightOf(name).size);
    // HEIC's chroma is made larger by another filter than Pillow's build of libheif has
    expect(distance(got, rightOf(name).rgb)).toBeLessThan(0.1);
    expect(mostOf(got, rightOf(name).rgb)).toBeLessThanOrEqual(name.endsWith('.heic') ? 4 : 1);
  });

  it.each([
    ...['zstd', 'lzma', 'lerc', 'jpeg2000', 'jpegxl', 'png'].map((kind) => [
      `${kind}.tif`,
      /^not read: it is a TIFF with .+ compression, which is not read: save it with LZW or Deflate/,
    ]),
    ['lab.tif', /^not read: it is a TIFF in CIELAB, which is not read: convert it to RGB/],
    ['ycbcr.tif', /^not read: it is a TIFF in YCbCr without JPEG compression, which is not read: convert it to RGB/],
    ['float.tif', /^not read: its levels are fractions, .+ convert it to 8 or 16 bits/],
    ['float-rgb.tif', /^not read: its levels are fractions/],
    ['signed.tif', /^not read: its levels are numbers with a sign/],
    ['deep.tif', /^not read: its levels are numbers of 32 bits/],
    ['sequence.avif', /^not read: it is AVIF of a kind that is not read \(.+\): convert it to PNG/],
    ['cut-strips.tif', /^damaged: .*Read error/],
    ['cut-tiles.tif', /^damaged: .*Read error/],
    ['cut-lzw-tiles.tif', /^damaged: .*Read error/],
    ['cut-bmp', /^damaged: it is cut off/],
    ['zeroed.gif', /^damaged: .*Invalid frame data/],
    ['cut.heic', /^damaged: .*end of file/],
  ] as [string, RegExp][])('is left out at the first look, in words that say what to do: %s', async (name, words) => {
    const { problem } = await see(fileOf(name), name);
    expect(problem).toMatch(words);
    expect(problem).not.toContain('\n');
  });

  it('is damaged, whatever part of it is gone: never a picture with a hole', async () => {
    await expect(decodeWhole(fileOf('hole.gif'))).rejects.toThrow('Invalid frame data');
    const noise = Uint8Array.from({ length: 96 * 96 * 3 }, (_, i) => (i * i * 31 + i * 7) % 251);
    const drawn = sharp(noise, { raw: { width: 96, height: 96, channels: 3 } });
    const kinds = {
      png: drawn.clone().png(),
      interlaced: drawn.clone().png({ progressive: true }),
      gif: drawn.clone().gif(),
      jpeg: drawn.clone().jpeg({ quality: 95 }),
      progressive: drawn.clone().jpeg({ quality: 95, progressive: true }),
      lzw: drawn.clone().tiff({ compression: 'lzw' }),
      tiles: drawn.clone().tiff({ compression: 'lzw', tile: true, tileWidth: 32, tileHeight: 32 }),
      packbits: drawn.clone().tiff({ compression: 'packbits' }),
      avif: drawn.clone().avif({ effort: 0 }),
    };
    for (const [kind, picture] of Object.entries(kinds)) {
      const bytes = await picture.toBuffer();
      const middle = bytes.length >> 1;
      const hole = Buffer.from(bytes).fill(0, middle, middle + (bytes.length >> 3));
      await expect(decodeWhole(bytes), kind).resolves.toBeDefined();
      await expect(decodeWhole(hole), kind).rejects.toThrow(/./);
    }
  });
});

describe('a picture of more than 8 bits with a profile', () => {
  const keyOfFile = async (name: string): Promise<Uint8Array> => {
    const known = await see(fileOf(name), name);
    const target = { size: 32, resize: 'squash', cropFraction: 1, interpolation: 'bicubic' } as const;
    const set = pictureSet(
      {
        name: 'odd',
        items: [{ name, label: 'a', split: undefined }],
        known: [known],
        findings: [],
        bytes: () => Promise.resolve(fileOf(name)),
        noteDamaged: () => undefined,
        noteChanged: () => undefined,
      },
      {
        name: 'odd',
        positions: Int32Array.of(0),
        labels: Int32Array.of(0),
        classNames: ['a'],
        target,
        native: undefined,
        asked: {},
        elastic: false,
      },
    );
    expect(known.content).toBe(contentOf(fileOf(name)));
    return set.keysAt([0]);
  };
  const before = (name: string): Uint8Array => {
    const how = hashOf({ size: 32, fit: 'squash', interpolation: 'bicubic', background: undefined });
    return keyOf(`picture 1 ${how}\n`, Buffer.from(contentOf(fileOf(name)), 'hex'));
  };

  it('has another key since it is read in its own colours; no other picture has', async () => {
    for (const name of ['rgb16-plain.png', 'rgb16-plain.tif', 'rgb16-p3.png', 'rgb16-p3.tif'])
      expect([...(await keyOfFile(name))], name).not.toEqual([...before(name)]);
    for (const name of ['rgb8-plain.png', 'rgb8-p3.png', 'zlib.tif', 'big.tif', 'float-255.tif'])
      expect([...(await keyOfFile(name))], name).toEqual([...before(name)]);
    expect(NOTHING.reading).toBe(1);
  });

  it('gives the levels of its 8-bit twin when it is scaled, too', async () => {
    for (const interpolation of ['bicubic', 'bilinear', 'area'] as const)
      for (const kind of ['png', 'tif']) {
        const target = { size: 20, resize: 'squash', cropFraction: 1, interpolation } as const;
        const twin = await decodePicture(fileOf('rgb8-p3.png'), target);
        expect(distance(await decodePicture(fileOf(`rgb16-p3.${kind}`), target), twin)).toBeLessThan(0.5);
      }
  });
});

describe('a picture that may lack a part', () => {
  const [height, width] = [50, 60];
  const drawn = (colourOf: (y: number, x: number) => readonly number[]): Promise<Buffer> =>
    sharp(
      Uint8Array.from({ length: height * width }, (_, i) => i).reduce(
        (all, _, i) => {
          all.set(colourOf(Math.floor(i / width), i % width), 3 * i);
          return all;
        },
        new Uint8Array(height * width * 3),
      ),
      { raw: { width, height, channels: 3 } },
    )
      .tiff({ compression: 'lzw' })
      .toBuffer();
  const noise = (y: number, x: number): readonly number[] => [(y * 31 + x * x) % 251, (x * 17) % 241, (y * y) % 239];
  const lower = 0.8 * height;

  it.each([
    ['black in its lower fifth', (y: number) => y >= lower, [0, 0, 0], 'lower fifth black'],
    ['grey in its lower fifth', (y: number) => y >= lower, [128, 128, 128], 'lower fifth grey'],
    ['of one colour', () => true, [9, 80, 30], 'one colour'],
    // good pictures that look like that: scans, logos, goods on white, films, skies below
    ['white in its lower half', (y: number) => y >= height / 2, [255, 255, 255], ''],
    ['red in its lower half', (y: number) => y >= height / 2, [200, 0, 0], ''],
    ['between black bars', (y: number) => y >= lower || y < 10, [0, 0, 0], ''],
    ['black in its lower tenth', (y: number) => y >= 0.9 * height, [0, 0, 0], ''],
    ['not quite black', (y: number) => y >= lower, [1, 1, 1], ''],
  ] as const)('is remarked, and read: %s', async (_, hit, colour, remark) => {
    const seen = await see(await drawn((y, x) => (hit(y) ? colour : noise(y, x))));
    expect([seen.problem, seen.remark]).toEqual(['', remark]);
  });

  it('is told by a run of zeros, where its decoder makes up what is missing', async () => {
    const { rgb, size } = rightOf('grid.heic');
    const webp = await sharp(rgb, { raw: { width: size[1], height: size[0], channels: 3 } })
      .resize(800, 500)
      .webp({ quality: 95 })
      .toBuffer();
    for (const bytes of [webp, fileOf('grid.heic')]) {
      const hole = Buffer.from(bytes).fill(0, bytes.length - 1200, bytes.length - 500);
      expect((await see(bytes)).remark).toBe('');
      expect((await see(hole)).remark).toBe('zeros');
    }
  });
});

it('is remarked where its levels are of 12 bits in a file of 16', async () => {
  const levels = Uint16Array.from({ length: 40 * 40 }, (_, i) => (i * 37) % 4096);
  const drawn = (times: number): Sharp =>
    sharp(
      levels.map((level) => level * times),
      { raw: { width: 40, height: 40, channels: 1 } },
    ).toColourspace('grey16');
  for (const [times, remark] of [
    [1, 'dark'],
    [16, ''],
  ] as const) {
    expect((await see(await drawn(times).tiff({ compression: 'lzw' }).toBuffer())).remark).toBe(remark);
    expect((await see(await drawn(times).png().toBuffer())).remark).toBe(remark);
  }
});

describe('what is found in files', () => {
  const known = (some: Partial<KnownFile>): KnownFile => ({
    ...NOTHING,
    ...{ size: 1, changed: 0, touched: 0, inode: 0, content: 'c', format: 'png', width: 40, height: 40, problem: '' },
    ...some,
  });
  const found = (all: readonly KnownFile[]): string[] =>
    findInFiles(
      all.map((_, i) => ({ name: `${i}.png`, label: 'a', split: undefined })),
      all,
    ).map(({ level, what, count, pictures }) => `${level}: ${what} (${count})${pictures ? ' shown' : ''}`);

  it('names pictures that may lack a part; where every tenth is one, it is their kind', () => {
    const good = Array.from({ length: 20 }, () => known({}));
    const black = known({ remark: 'lower fifth black' });
    expect(found([...good, black, known({ remark: 'one colour' }), known({ remark: 'zeros' })])).toEqual([
      'warning: all of one colour (1) shown',
      'warning: black in the lower fifth (1) shown',
      'warning: with a run of zeros in their data (1) shown',
    ]);
    expect(found([...good, black, black, black])).toEqual(['note: black in the lower fifth (3) shown']);
  });

  it('tells a file that cannot be opened from a damaged one, and looks at it again', async () => {
    const { folder, remove } = temporaryFolder();
    try {
      const file = put(folder, 'a/1.png', await picture(1));
      const { size, mtimeMs: changed, ctimeMs: touched, ino: inode } = statSync(file);
      const look = async (): Promise<KnownFile> =>
        (await lookAtFiles(folder, [{ name: 'a/1.png', file, size, changed, touched, inode }]))[0];
      renameSync(file, `${file}.away`);
      const away = await look();
      expect(away.problem).toMatch(/^cannot be opened: ENOENT/);
      const [row] = findInFiles([{ name: 'a/1.png', label: 'a', split: undefined }], [away]);
      expect([row.what, row.advice]).toEqual(['cannot be opened', 'See to it that you may read them.']);
      renameSync(`${file}.away`, file);
      expect((await look()).problem).toBe('');
    } finally {
      remove();
    }
  });
});
