import { afterEach, beforeEach, expect, it } from 'vitest';
import { photos } from '../../../src/data/photos.ts';
import { picture, put, temporaryFolder } from '../pictures.ts';

let folder: string;
let remove: () => void;
beforeEach(() => void ({ folder, remove } = temporaryFolder()));
afterEach(() => remove());

async function putAll(names: readonly string[]): Promise<void> {
  for (const [i, name] of names.entries()) put(folder, name, await picture(i));
}

it.each([
  ['images', 'masks', ''],
  ['JPEGImages', 'SegmentationClass', ''],
  ['images', 'labels', '_mask'],
  ['photo', 'GT', '_gt'],
])('pictures in %s and their masks in %s are no two classes, unless one says so', async (images, masks, ending) => {
  await putAll([0, 1, 2, 3].flatMap((i) => [`${images}/${i}.jpg`, `${masks}/${i}${ending}.png`]));
  await expect(photos(folder, { progress: false })).rejects.toThrow(
    `got ${images}, ${masks}, which hold files of the same names, as pictures and their masks do. If they are classes`,
  );
  put(folder, 'train.csv', 'image,label\n');
  await expect(photos(folder, { progress: false })).rejects.toThrow('Is it train.csv that says which is which?');
  const { train } = await photos(folder, { progress: false, classFolders: true });
  expect([...train.classNames].sort()).toEqual([images, masks].sort());
});

it('class folders are classes though their files are called alike, and one is called like masks with files of its own', async () => {
  await putAll([0, 1, 2].flatMap((i) => [`cat/${i}.png`, `dog/${i}.png`, `masks/mask ${i}.png`]));
  expect((await photos(folder, { progress: false })).train.classNames).toEqual(['cat', 'dog', 'masks']);
});

it('folders in class folders are named where there are several: they may have been meant', async () => {
  await putAll(['a/cat/0.png', 'a/dog/0.png', 'a/dog/1.png', 'b/rose/0.png', 'b/rose/1.png', 'b/2.png']);
  const { findings, train } = await photos(folder, { progress: false });
  expect(train.classNames).toEqual(['a', 'b']);
  const [row] = findings.rows.filter(({ what }) => what === 'folders in class folders');
  expect(row).toMatchObject({ level: 'note', examples: ['a/cat', 'a/dog'] });
});
