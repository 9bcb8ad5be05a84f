import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { photos } from '../../../src/data/photos.ts';
import { readFolder } from '../../../src/data/folders/folder.ts';
import { float32, reference, uint8 } from '../../references/read.ts';
import { picture, put, putClasses, temporaryFolder } from '../pictures.ts';

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
    const set = await photos(folder, { size: 32, resize: 'squash', interpolation: 'bilinear', progress: false });
    const [first] = folders.kerasOrder.samples[0];
    const of = [set.train, set.test].find(({ fileAt, n }) =>
      Array.from({ length: n }, (_, i) => fileAt!(i)).includes(first),
    )!;
    const position = Array.from({ length: of.n }, (_, i) => of.fileAt!(i)).indexOf(first);
    const expected = float32(folders.squash);
    (await of.at([position])).forEach((level, i) => expect(Math.abs(level - expected[i])).toBeLessThanOrEqual(0.51));
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

  const both = (...names: string[]): Record<string, number> =>
    Object.fromEntries(
      names.flatMap((name, i) => [
        [`${name}/circle`, i ? 1 : 3],
        [`${name}/square`, i ? 1 : 3],
      ]),
    );

  it.each([
    ['training_set', 'test_set'],
    ['seg_train/seg_train', 'seg_test/seg_test'],
    ['train1', 'test1'],
    ['training', 'testing'],
    ['TrainingData', 'ValidationSet'],
    ['train2017', 'val2017'],
    ['my-train-images', 'dev'],
  ])('has splits in %s and %s, which hold the same class folders, and says so', async (train, test) => {
    await putClasses(folder, both(train, test));
    const set = await photos(folder, { progress: false });
    expect([set.train.classNames, set.train.n, set.test.n]).toEqual([['circle', 'square'], 6, 2]);
    const said = set.findings.rows.find(({ what }) => what === 'folders read as splits')!.examples;
    expect(said).toContain(`${train.split('/')[0]} (train)`);
    expect(said).toHaveLength(2);
  });

  it('takes train/ alone where test/ beside it has no class folders, and says what it leaves out', async () => {
    await putClasses(folder, { 'train/circle': 5, 'train/square': 5, test: 4 });
    const { train, test, findings } = await photos(folder, { progress: false });
    expect([train.classNames, train.n + test.n]).toEqual([['circle', 'square'], 10]);
    expect(findings.rows.find(({ what }) => what === 'splits without class folders')?.examples).toEqual(['test']);
  });

  it('has splits in its class folders', async () => {
    await putClasses(folder, {
      'circle/train': 3,
      'circle/test': 1,
      'square/train': 3,
      'square/test': 2,
      'square/x': 1,
    });
    const { train, test, findings } = await photos(folder, { progress: false });
    expect([train.classNames, train.n, [...test.labels]]).toEqual([['circle', 'square'], 6, [0, 1, 1]]);
    expect(findings.rows.find(({ what }) => what === 'in no split of their class')?.examples).toEqual([
      'square/x/0.png',
    ]);
  });

  it.each([
    [
      both('val', 'test'),
      'expected train with val, valid, validation or test beside it; got test, val, each with circle, square.',
    ],
    [both('Validation', 'dev'), 'got Validation, dev, each with circle, square.'],
    [both('fold1', 'fold2', 'fold3'), 'got fold1, fold2, fold3, each with circle, square.'],
    [
      both('train1', 'train2', 'test'),
      'got train1, train2 for the same. Call those that are meant train, val and test.',
    ],
    [
      { train: 2, test: 2 },
      'expected a folder for each class in test, train (test/class/picture.jpg); their pictures lie in no class folders',
    ],
    [{ trainA: 2, trainB: 2, testA: 2, testB: 2 }, 'expected a folder for each class in testA, testB, trainA, trainB'],
  ])('is an error where splits would be taken for classes, unless it is told: %j', async (classes, said) => {
    await putClasses(folder, classes);
    await expect(photos(folder, { progress: false })).rejects.toThrow(said);
    const told = await photos(folder, { progress: false, classFolders: true });
    expect(told.train.classNames).toEqual([...new Set(Object.keys(classes).map((name) => name.split('/')[0]))].sort());
  });

  it('is not mistaken where one class of many is called like a split', async () => {
    await putClasses(folder, {
      train: 2,
      bus: 2,
      bullet_train: 2,
      freight_train: 2,
      test_tube: 2,
      car: 2,
      bike: 2,
      boat: 2,
      jet: 2,
    });
    expect((await photos(folder, { progress: false })).train.classNames).toHaveLength(9);
  });

  it('is an error that names the table, where pictures that no class folder holds lie beside one', async () => {
    const named = (said: string): Promise<void> =>
      expect(photos(folder, { progress: false })).rejects.toThrow(
        new RegExp(`${said}.*Is it labels.csv that says which is which\\? Then name that table, \\S*labels.csv\\.`),
      );
    put(folder, 'labels.csv', 'id,label\n0,a\n');
    await putClasses(folder, { 'train/.': 3, 'test/.': 3 });
    await named('expected a folder for each class in test, train');
    for (const name of ['train', 'test']) rmSync(path.join(folder, name), { recursive: true });
    put(folder, '0.png', await picture(1));
    await named('got 1 pictures and no folder');
    await putClasses(folder, { images: 2 });
    await named('got one, images');
    await putClasses(folder, { others: 2 });
    await named('expected pictures in class folders; 1 lie in none \\(0.png\\)');
    const { findings } = await photos(folder, { progress: false, classFolders: true });
    expect(findings.rows.find(({ what }) => what === 'in no class folder')?.examples).toEqual(['0.png']);
  });

  it('says what is wrong with its files where none of them is read', async () => {
    for (const name of ['a', 'b'])
      put(folder, `${name}/0.jxl`, Buffer.from([0xff, 0x0a, ...new Array<number>(60).fill(1)]));
    await expect(photos(folder, { progress: false })).rejects.toThrow(
      /expected pictures; got 2 files, none of which is one that is read\.\n.*: 0 pictures, 2 left out\n +left out +in a format that is not read +2 +a\/0\.jxl/,
    );
  });

  it('tests on all of one class, where nothing is trained on', async () => {
    await putClasses(folder, { circle: 3 });
    const { train, test } = await photos(folder, { progress: false, testShare: 1 });
    expect([train.n, test.n, test.classNames]).toEqual([0, 3, ['circle']]);
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
