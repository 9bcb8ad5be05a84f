import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { photos } from '../../../src/data/photos.ts';
import { indexArchive, tarIndex } from '../../../src/storage/files/tar-index.ts';
import { reference, uint8 } from '../../references/read.ts';
import { picture, put, temporaryFolder } from '../pictures.ts';
import { archive } from './tar-archive.ts';

const { files } = reference<{ files: Record<string, string> }>('webdataset.json');
let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = temporaryFolder()));
afterEach(() => remove());

const file = (name: string, as = name): string => put(folder, as, gunzipSync(uint8(files[name])));
const open = (source: string, options: Parameters<typeof photos>[1] = {}): ReturnType<typeof photos> =>
  photos(source, { progress: false, ...options });
/** The number of a picture of one colour. */
const numberOf = (pixels: Uint8Array): number => pixels[0] / 10;
describe('pictures in tar archives', () => {
  it('have splits by the names of the archives, and numbers as classes', async () => {
    for (const name of ['train-000000.tar', 'train-000001.tar', 'val-000000.tar']) file(name);
    const { train, test, division } = await open(folder);
    expect([train.n, test.n, train.classNames, division.by]).toEqual([12, 4, ['0', '1', '2'], 'source']);
    for (const of of [train, test])
      for (let i = 0; i < of.n; i++) {
        expect(numberOf(await of.at([i])) % 3).toBe(of.labels[i]);
        expect(of.fileAt!(i)).toMatch(/#0000\d\d\.png$/);
      }
    expect(await Promise.all([0, 7, 11].map(async (i) => numberOf(await train.at([i]))))).toEqual([0, 7, 11]);
  });

  it('say why none has a label: class folders, or names with dots', async () => {
    const pictures = await Promise.all([0, 1, 2].map((i) => picture(i)));
    const folders = archive(
      ...pictures.map((bytes, i) => [{ path: `${['circle', 'square'][i % 2]}/${i}.png` }, bytes] as const),
    );
    await expect(open(put(folder, 'folders.tar', folders))).rejects.toThrow(
      'got none. They lie in folders (circle, square): if those are the classes, unpack it, and name the folder.',
    );
    const dots = archive(
      ...pictures.flatMap((bytes, i) => [
        [{ path: `a.b.${i}.png` }, bytes] as const,
        [{ path: `a.b.${i}.cls` }, '1'] as const,
      ]),
    );
    await expect(open(put(folder, 'dots.tar', dots))).rejects.toThrow(
      'got none. Names count up to their first dot, as webdataset reads them: a.b.0.png is "a". Write them without other dots.',
    );
  });

  it('take the names of numbers from a file beside them, in its order', async () => {
    for (const name of ['train-000000.tar', 'val-000000.tar']) file(name, name.replace('-000000', '/000'));
    put(folder, 'classnames.txt', 'wasp\nbee\nant\n');
    const { train, test } = await open(folder);
    expect(train.classNames).toEqual(['wasp', 'bee', 'ant']);
    expect([...train.labels]).toEqual([0, 1, 2, 0, 1, 2]);
    expect([...test.labels]).toEqual([0, 1, 2, 0]);
    put(folder, 'classnames.txt', 'wasp\nbee\n');
    await expect(open(folder)).rejects.toThrow(/#000002.png: expected numbers up to 1, which have names; got 2/);
  });

  it('take names from .json before its numbers', async () => {
    const { train, test } = await open(file('json.tar'));
    expect(train.classNames).toEqual(['ant', 'bee']);
    for (const of of [train, test])
      for (let i = 0; i < of.n; i++) expect(numberOf(await of.at([i])) % 2).toBe(of.labels[i]);
  });

  it.each(['pax', 'gnu', 'ustar'])(
    'are read in tarfile’s format %s, with long names; links and such are not',
    async (name) => {
      const { train, test, findings } = await open(file(`${name}.tar`));
      expect([train.n + test.n, train.classNames]).toEqual([6, ['ant', 'wasp']]);
      for (let i = 0; i < train.n; i++) expect(1 - (numberOf(await train.at([i])) % 2)).toBe(train.labels[i]);
      const [{ what, count, examples }] = findings.rows;
      expect([what, count]).toEqual(['links and names that lead elsewhere', 4]);
      expect(examples).toEqual(
        ['link.png', 'hard.png', '/etc/absolute.png', '../up.png'].map((one) => `${name}.tar#${one}`),
      );
    },
  );

  it('are what their files are, byte for byte', () => {
    const source = file('gnu.tar');
    const bytes = readFileSync(source);
    const { entries } = tarIndex(source);
    expect(entries).toHaveLength(12);
    for (const { name, start, size } of entries)
      if (name.endsWith('.cls')) expect(bytes.toString('latin1', start, start + size)).toMatch(/^(wasp|ant)$/);
      else expect(bytes.toString('latin1', start + 1, start + 4)).toBe('PNG');
  });

  it('are known again without being read, and told when they have changed', async () => {
    const source = file('train-000000.tar');
    const first = await open(source);
    expect((await open(source)).train.id).toBe(first.train.id);
    file('val-000000.tar', 'train-000000.tar');
    await expect(first.train.at([0])).rejects.toThrow(/changed/);
    expect((await open(source)).train.id).not.toBe(first.train.id);
  });

  it('say what is left out: no label, a second picture, one that is damaged', async () => {
    const all: [object, Uint8Array | string][] = [];
    for (let i = 0; i < 24; i++) all.push([{ path: `${i}.png` }, await picture(i)], [{ path: `${i}.cls` }, `${i % 2}`]);
    all.push([{ path: 'no.png' }, await picture(30)], [{ path: '3.jpg' }, await picture(31)]);
    all.push([{ path: 'bad.png' }, (await picture(32)).subarray(0, 60)], [{ path: 'bad.cls' }, '1']);
    all.push([{ path: 'note.txt' }, 'nothing'], [{ path: 'odd.cls' }, '\u0080\u0004K\u0000.']);
    const { findings, train, test } = await open(put(folder, 'x.tar', archive(...all)));
    expect(train.n + test.n).toBe(24);
    expect(findings.rows.map(({ what, count }) => [what, count])).toEqual(
      expect.arrayContaining([
        ['pictures without a label', 1],
        ['a second picture of a key', 1],
        ['damaged', 1],
      ]),
    );
  });
});

describe('archives that are none, or damaged, are refused by name', () => {
  const index = (bytes: Buffer): ReturnType<typeof indexArchive> =>
    indexArchive('x.tar', bytes.length, (start, length) => bytes.subarray(start, start + length));

  it('cut off, changed, another file', () => {
    const whole = gunzipSync(uint8(files['gnu.tar']));
    expect(() => index(whole.subarray(0, 700))).toThrow(
      /x\.tar, byte 0: expected .* the archive has 700; it is damaged/,
    );
    const changed = Buffer.from(whole);
    changed[3] ^= 1;
    expect(() => index(changed)).toThrow(/x\.tar, byte 0: expected a header; its checksum differs/);
    expect(() => index(Buffer.alloc(5000, 'no tar'))).toThrow(/its checksum differs; it is damaged, or no tar archive/);
  });

  it('sizes that are none, or larger than the archive', () => {
    expect(() => index(archive([{ path: 'a.png', size: 1e6 }, '']))).toThrow(
      /"a.png" of 1000000 bytes; the archive has/,
    );
    expect(() => index(archive([{ path: 'a.png', size: 2 ** 40 }, '']))).toThrow(/of 1099511627776 bytes/);
    const long = archive([{ path: 'x', type: 'ExtendedHeader' }, '23 size=99999999999999\n'], [{ path: 'a.png' }, 'x']);
    expect(() => index(long)).toThrow(/of 99999999999999 bytes/);
  });

  it('a folder with archives and pictures', async () => {
    file('json.tar');
    put(folder, 'a/1.png', await picture(1));
    await expect(open(folder)).rejects.toThrow('expected tar archives or pictures; got both: json.tar and 1 pictures');
  });

  it('one without pictures', async () => {
    await expect(open(put(folder, 'x.tar', archive([{ path: 'a.txt' }, 'x'])))).rejects.toThrow(
      'x.tar: expected pictures with labels (key.jpg, key.cls); got none.',
    );
    expect(path.basename(folder)).toBe('pictures');
  });
});
