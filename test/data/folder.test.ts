import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { photos } from '../../src/data/photos.ts';
import { readFolder } from '../../src/data/folder.ts';
import { float32, reference, uint8 } from '../references/read.ts';
import { picture, put, putClasses, temporaryFolder } from './pictures.ts';

let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = temporaryFolder()));
afterEach(() => remove());

interface Order {
  readonly classes: string[];
  readonly samples: [file: string, label: number][];
}
const folders = reference<{
  files: Record<string, string>;
  torchvisionOrder: Order;
  kerasOrder: Order;
  squash: string;
}>('folders.json');

describe('a folder of pictures', () => {
  it("is read in torchvision's and Keras' order, with their labels", async () => {
    for (const [name, content] of Object.entries(folders.files)) put(folder, name, uint8(content));
    const { items } = await readFolder(folder);
    const { train, test } = await photos(folder, { progress: false });
    expect(train.classNames).toEqual(folders.kerasOrder.classes);
    for (const { classes, samples } of [folders.torchvisionOrder, folders.kerasOrder])
      expect(items.map(({ name, label }) => [name, classes.indexOf(label)])).toEqual(samples);
    const labels = new Map(folders.kerasOrder.samples);
    for (const of of [train, test]) of.labels.forEach((label, i) => expect(label).toBe(labels.get(of.fileAt!(i))));
  });

  // keras.utils.image_dataset_from_directory(…, image_size=(32, 32)), which does not antialias where pictures shrink
  it("is squashed as Keras' image_dataset_from_directory does, where pictures grow", async () => {
    for (const [name, content] of Object.entries(folders.files)) put(folder, name, uint8(content));
    const set = await photos(folder, { size: 32, fit: 'squash', interpolation: 'bilinear', progress: false });
    const [first] = folders.kerasOrder.samples[0];
    const of = [set.train, set.test].find(({ fileAt, n }) =>
      Array.from({ length: n }, (_, i) => fileAt!(i)).includes(first),
    )!;
    const place = Array.from({ length: of.n }, (_, i) => of.fileAt!(i)).indexOf(first);
    const expected = float32(folders.squash);
    (await of.at([place])).forEach((level, i) => expect(Math.abs(level - expected[i])).toBeLessThanOrEqual(0.51));
  });

  it('has splits where train has val, valid, validation or test beside it', async () => {
    await putClasses(folder, { 'train/a': 3, 'train/b': 2, 'valid/b': 2, 'valid/a': 1, 'Test/a': 1, 'Test/b': 1 });
    const { train, validation, test, division } = await photos(folder, { progress: false });
    expect(division).toEqual({ by: 'source' });
    expect([...train.labels]).toEqual([0, 0, 0, 1, 1]);
    expect([...validation!.labels]).toEqual([0, 1, 1]);
    expect([...test.labels]).toEqual([0, 1]);
    expect(test.fileAt!(1)).toBe('Test/b/0.png');
  });

  it('is tested on what is beside train, whatever that is called', async () => {
    await putClasses(folder, { 'train/a': 3, 'train/b': 2, 'val/a': 1, 'val/b': 1 });
    const { validation, test } = await photos(folder, { progress: false });
    expect([validation, test.n]).toEqual([undefined, 2]);
  });

  it('says what it leaves out: pictures and folders without a class, hidden files, links', async () => {
    await putClasses(folder, { 'train/a': 6, 'train/b': 6, 'test/a': 5, 'test/b': 5, empty: 0 });
    put(folder, 'loose.png', await picture(90));
    put(folder, 'train/loose.jpg', await picture(91));
    put(folder, 'extra/note.txt', 'nothing');
    put(folder, 'train/a/._0.png', 'a Mac was here');
    mkdirSync(path.join(folder, 'train/c'));
    symlinkSync('/etc', path.join(folder, 'train/a/outside'));
    symlinkSync('..', path.join(folder, 'train/a/round'));
    symlinkSync('nowhere.png', path.join(folder, 'train/b/broken.png'));
    symlinkSync('../a/0.png', path.join(folder, 'train/b/inside.png'));
    const { findings, train } = await photos(folder, { progress: false });
    expect(train.classNames).toEqual(['a', 'b']);
    expect(train.n).toBe(13);
    const found = Object.fromEntries(findings.rows.map(({ what, examples }) => [what, examples]));
    expect(found).toMatchObject({
      'folders beside the splits': ['extra'],
      'in no class folder': ['loose.png'],
      'in no class folder of train': ['train/loose.jpg'],
      'class folders without files': ['train/c'],
      hidden: ['train/a/._0.png'],
      'links not followed': ['train/a/outside', 'train/a/round', 'train/b/broken.png'],
      'the same picture in two classes': ['train/a/0.png = train/b/inside.png'],
    });
  });

  it('is an error where it has no two classes, and says what was meant', async () => {
    const refused = (said: string): Promise<void> => expect(photos(folder, { progress: false })).rejects.toThrow(said);
    await refused('pictures: expected a folder; it is not there.');
    put(folder, 'one.jpg', await picture(1));
    await refused(
      'expected two folders of pictures or more, one a class (class/picture.jpg); got 1 pictures and no folder.',
    );
    await putClasses(folder, { 'flowers/a': 1, 'flowers/b': 1 });
    await refused(`got one, flowers. It holds flowers/a`.replace('flowers/a', 'a, b: name'));
    put(folder, 'more/notes.txt', 'no picture');
    await refused('expected pictures of two classes or more to train on; got one, flowers.');
  });

  it('is an error where splits are called otherwise, which would be taken for classes', async () => {
    for (const names of [
      ['training', 'testing'],
      ['val', 'test'],
      ['Validation', 'dev'],
    ]) {
      const other = path.join(folder, names.join());
      await putClasses(
        other,
        Object.fromEntries(
          names.flatMap((name) => [
            [`${name}/a`, 1],
            [`${name}/b`, 1],
          ]),
        ),
      );
      await expect(photos(other, { progress: false })).rejects.toThrow(
        `expected train with val, valid, validation or test beside it; got ${[...names].sort().join(', ')}, each with a, b.`,
      );
    }
    await putClasses(path.join(folder, 'bus'), { train: 2, test: 2 }); // things that are called so
    expect((await photos(path.join(folder, 'bus'), { progress: false })).train.classNames).toEqual(['test', 'train']);
  });

  it('is told of classes that look the same, and of those that are not tested', async () => {
    await putClasses(folder, { 'train/Cat': 6, 'train/cat': 6, 'train/\u00e4': 6, 'train/a\u0308': 6, 'test/cat': 2 });
    const { findings } = await photos(folder, { progress: false });
    const found = Object.fromEntries(findings.rows.map(({ what, examples }) => [what, examples]));
    expect(found).toEqual({
      'classes whose names look the same': ['"Cat" = "cat"', '"a\u0308" = "\u00e4"'],
      'classes without a picture to test on': ['Cat', 'a\u0308', '\u00e4'],
    });
  });

  it('is an error where a split has a class that train has not', async () => {
    await putClasses(folder, { 'train/a': 1, 'train/b': 1, 'test/a': 1, 'test/c': 1 });
    await expect(photos(folder, { progress: false })).rejects.toThrow(
      'expected the classes of train (a, b) in test too; got c besides.',
    );
  });
});
