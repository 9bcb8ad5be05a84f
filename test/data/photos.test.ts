import { readdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asNetworkTakes, makeDataset } from '../../src/data/dataset.ts';
import { decodePicture } from '../../src/data/pictures/decode.ts';
import { photos } from '../../src/data/photos.ts';
import { sample } from '../../src/data/subset.ts';
import { resample } from '../../src/pixels/resample.ts';
import * as files from '../../src/storage/files/read-file.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import type { Features } from '../../src/features/features.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { brokenInside, minutesLater, picture, put, putClasses, temporaryFolder } from './pictures.ts';

vi.mock('../../src/storage/files/read-file.ts', { spy: true });

let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = temporaryFolder()));
afterEach(() => {
  vi.useRealTimers();
  remove();
});

const open = (options: Parameters<typeof photos>[1] = {}): ReturnType<typeof photos> =>
  photos(folder, { progress: false, ...options });
const filesOf = ({ n, fileAt }: { n: number; fileAt?: (i: number) => string }): string[] =>
  Array.from({ length: n }, (_, i) => fileAt!(i));
const NETWORK = { size: 48, interpolation: 'bicubic' } as const;

describe('photos', () => {
  it('that lie in no splits are divided by a seed, a share of each class, and stay where they are when more come', async () => {
    await putClasses(folder, { a: 20, b: 10 });
    const { train, test, division } = await open();
    expect(division).toEqual({ by: 'seed', seed: 1, testShare: 0.2 });
    expect([train.n, test.n]).toEqual([24, 6]);
    expect([...test.labels]).toEqual([0, 0, 0, 0, 1, 1]);
    expect(filesOf((await open()).test)).toEqual(filesOf(test));
    expect(filesOf((await open({ seed: 2 })).test)).not.toEqual(filesOf(test));
    put(folder, 'a/new.png', await picture(77));
    const more = await open();
    const moved = filesOf(more.test).filter((name) => !filesOf(test).includes(name));
    expect(moved.length).toBeLessThanOrEqual(1);
  });

  it('never stand on both sides of a division, whatever they are called', async () => {
    await putClasses(folder, { a: 10, b: 10 });
    for (let i = 0; i < 10; i++) put(folder, `${i < 5 ? 'a' : 'b'}/copy ${i}.png`, await picture(i));
    const { train, test, findings } = await open({ testShare: 0.4 });
    const keys = (of: typeof train): Set<string> =>
      new Set(Array.from({ length: of.n }, (_, i) => Buffer.from(of.keysAt([i])).toString('hex')));
    expect([...keys(test)].filter((key) => keys(train).has(key))).toEqual([]);
    expect(findings.rows.map(({ what, count }) => [what, count])).toEqual([
      ['the same picture in two classes', 5],
      ['the same picture twice', 5],
    ]);
    const { validation, train: learnt } = sample(await open(), { validation: 8, train: 14 });
    expect([...keys(validation!)].filter((key) => keys(learnt).has(key))).toEqual([]);
  });

  it('are used all by `sample`, a tenth to judge by', async () => {
    await putClasses(folder, { a: 30, b: 20 });
    const { train, validation, test } = sample(await open());
    expect([train.n, validation!.n, test.n]).toEqual([36, 4, 10]);
  });

  it('are brought to the size that a network takes, in its own interpolation and crop', async () => {
    await putClasses(folder, { a: 5, b: 5 });
    put(folder, 'b/large.png', await picture(50, [300, 200]));
    const { train } = await open();
    expect([train.imageSize, train.fit?.cropFraction]).toEqual([[224, 224], 0.875]);
    const own = asNetworkTakes(train, { ...NETWORK, cropFraction: 1 });
    expect([own.imageSize, own.fit]).toEqual([
      [48, 48],
      { fit: 'crop', cropFraction: 1, interpolation: 'bicubic', background: undefined },
    ]);
    const bytes = await files.readBytes(path.join(folder, own.fileAt!(0)));
    const expected = await decodePicture(bytes, {
      size: 48,
      resize: 'crop',
      cropFraction: 1,
      interpolation: 'bicubic',
    });
    expect(Buffer.compare(await own.at([0]), expected)).toBe(0);
    expect(own.keysAt([0])).not.toEqual(train.keysAt([0]));
    expect((await open({ size: 32 })).train.forNetwork).toBeUndefined();
  });

  it('are squashed for a network whose makers squash, unless asked otherwise', async () => {
    await putClasses(folder, { a: 5, b: 5 });
    put(folder, 'b/large.png', await picture(50, [300, 200]));
    const squashing = { ...NETWORK, resize: 'squash', cropFraction: 1 } as const;
    const own = asNetworkTakes((await open()).train, squashing);
    expect(own.fit).toMatchObject({ fit: 'squash' });
    const bytes = await files.readBytes(path.join(folder, own.fileAt!(0)));
    const expected = await decodePicture(bytes, {
      size: 48,
      resize: 'squash',
      cropFraction: 1,
      interpolation: 'bicubic',
    });
    expect(Buffer.compare(await own.at([0]), expected)).toBe(0);
    expect(asNetworkTakes((await open({ resize: 'crop' })).train, squashing).fit).toMatchObject({ fit: 'crop' });
  });

  it('that are small squares of one size go to the network as they are, which makes them larger itself', async () => {
    for (const [i, name] of ['a/0', 'a/1', 'b/0', 'b/1', 'b/2'].entries())
      put(folder, `${name}.png`, await picture(i, [32, 32]));
    const { train } = await open();
    const own = asNetworkTakes(train, NETWORK);
    expect([own.imageSize, own.fit]).toEqual([[32, 32], undefined]);
    // and where one is of another size, photos are made larger just as the graph does it
    put(folder, 'b/large.png', await picture(50, [300, 200]));
    const mixed = asNetworkTakes((await open({ resize: 'squash' })).train, NETWORK);
    const position = filesOf(mixed).indexOf(train.fileAt!(0));
    expect(await mixed.at([position])).toEqual(
      resample(await own.at([0]), [32, 32], { size: 48, interpolation: 'bicubic' }),
    );
  });

  it('are not read again while they stay as they are; a new one is read alone', async () => {
    await putClasses(folder, { a: 4, b: 4 });
    minutesLater();
    const first = await open();
    const read = vi.mocked(files.readIfWanted).mockClear();
    const { train } = await open();
    expect(read).not.toHaveBeenCalled();
    expect(train.id).toBe(first.train.id);
    put(folder, 'b/new.png', await picture(40));
    put(folder, 'a/0.png', await picture(41), 30);
    rmSync(path.join(folder, 'a/1.png'));
    await open();
    expect(read.mock.calls.map(([file]) => path.relative(folder, file))).toEqual(['a/0.png', 'b/new.png']);
  });

  it('are named by their content, not by their place', async () => {
    await putClasses(folder, { a: 4, b: 4 });
    const { train } = await open({ size: 16 });
    renameSync(path.join(folder, train.fileAt!(0)), path.join(folder, 'a/another name.png'));
    const again = (await open({ size: 16 })).train;
    expect(again.keysAt([filesOf(again).indexOf('a/another name.png')])).toEqual(train.keysAt([0]));
  });

  it('that change or go while they are used are an error, not features under another name', async () => {
    await putClasses(folder, { a: 4, b: 4 });
    const { train } = await open();
    const name = train.fileAt!(0);
    put(folder, name, await picture(60));
    await expect(train.at([0])).rejects.toThrow(
      `${name}: it has changed since it was looked at. Open the pictures again.`,
    );
    unlinkSync(path.join(folder, name));
    await expect(train.at([0])).rejects.toThrow(name);
  });

  it('that are bad are left out, counted and named; more than a tenth of them is an error, and so is any, if strict', async () => {
    await putClasses(folder, { a: 30, b: 30 });
    const whole = await picture(99, [64, 64]);
    put(folder, 'a/cut.png', whole.subarray(0, whole.length - 20));
    put(folder, 'a/empty.jpg', '');
    put(folder, 'b/page.jpg', '<!DOCTYPE html><title>404</title>');
    put(folder, 'b/camera.raf', Buffer.from('FUJIFILMCCD-RAW', 'latin1'));
    put(folder, 'b/named.jpg', await picture(70));
    put(folder, 'b/tiny.png', await picture(71, [8, 40]));
    put(folder, 'b/notes.txt', 'roses');
    const { findings, train, test } = await open();
    expect(train.n + test.n).toBe(62);
    expect([findings.pictures, findings.leftOut]).toEqual([62, 4]);
    expect(
      String(findings)
        .replace(folder, 'F')
        .replace(/^.*pictures: 62/, 'F: 62'),
    ).toMatchInlineSnapshot(`
      "F: 62 pictures, 4 left out
        left out  empty                            1  a/empty.jpg. Copy them again.
        left out  named as pictures, but are none  1  b/page.jpg (its name says JPEG). Delete or replace them.
        left out  in a format that is not read     1  b/camera.raf (it is a raw photo, which is not read: develop it to JPEG or TIFF (darktable, RawTherapee), or leave it out). Convert them to JPEG or PNG.
        left out  damaged                          1  a/cut.png (vipspng: libpng read error). Copy them again.
        warning   smaller than 16 pixels           1  b/tiny.png. Hardly anything can be seen in them.
        note      other files                      1  b/notes.txt. Not read.
        note      named otherwise than they are    1  b/named.jpg. Read all the same."
    `);
    await expect(open({ strict: true })).rejects.toThrow('strict: expected nothing wrong; got');
    for (let i = 0; i < 4; i++) put(folder, `a/more ${i}.jpg`, 'no picture');
    await expect(open()).rejects.toThrow('expected 10 % bad files at most; got 8 of 70:');
    expect(readdirSync(path.join(folder, 'a'))).toContain('empty.jpg');
  });

  it('that are damaged inside are named together once all others are computed, and left out from then on', async () => {
    await putClasses(folder, { 'train/a': 12, 'train/b': 12, 'test/a': 2, 'test/b': 2 });
    for (const [i, name] of ['train/a/x.png', 'train/b/y.png'].entries()) put(folder, name, await brokenInside(90 + i));
    const backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
    const options = { cache: path.join(folder, '../features'), precision: 'float32', progress: false } as const;
    const extract = async (): Promise<Features> => extractFeatures(backbone, (await open()).train, options);
    await expect(extract()).rejects.toThrow(
      /train\/a\/x\.png, train\/b\/y\.png: expected pictures that can be decoded; 2 of 26 cannot \(.+\)\. They are noted: open the pictures again/,
    );
    const after = await open();
    expect([after.findings.leftOut, after.train.n]).toEqual([2, 24]);
    const { origin } = await extract();
    expect(origin!.cached).toBe(24);
    for (let i = 0; i < 3; i++) put(folder, `train/a/more ${i}.png`, await brokenInside(100 + i));
    await expect(extract()).rejects.toThrow('3 of 27 cannot');
    await expect(extract()).rejects.toThrow('expected 10 % bad files at most; got 5 of 33:');
  });

  it('whose JPEG lacks a part in the middle are damaged, not half grey', async () => {
    const { default: sharp } = await import('sharp');
    const noise = Uint8Array.from({ length: 96 * 96 * 3 }, (_, i) => (i * i * 31 + i * 7) % 251);
    const bytes = await sharp(noise, { raw: { width: 96, height: 96, channels: 3 } })
      .jpeg({ quality: 95 })
      .toBuffer();
    const middle = bytes.length >> 1;
    const target = { size: 32, resize: 'squash', cropFraction: 1, interpolation: 'bicubic' } as const;
    const lacking = Buffer.concat([bytes.subarray(0, middle), bytes.subarray(middle + 3000)]);
    await expect(decodePicture(lacking, target)).rejects.toThrow('Corrupt JPEG data');
    // what many cameras leave behind the picture harms nothing
    const more = Buffer.concat([bytes.subarray(0, -2), Buffer.alloc(16, 1), bytes.subarray(-2)]);
    expect(await decodePicture(more, target)).toEqual(await decodePicture(bytes, target));
  });

  it('are not called damaged where the fault is not theirs', async () => {
    await putClasses(folder, { a: 4, b: 4 });
    await expect(open({ background: 'no colour' })).rejects.toThrow(
      'background: expected a colour as CSS writes it, like white or #ff8800; got "no colour".',
    );
    expect((await open()).findings.leftOut).toBe(0);
  });

  it('go through `sample` beside other data sets', () => {
    const pixels = new Uint8Array(4 * 12);
    const set = makeDataset({ pixels, imageSize: [2, 2], labels: [0, 1, 0, 1], classNames: ['a', 'b'] });
    expect(asNetworkTakes(set, NETWORK)).toBe(set);
  });
});
