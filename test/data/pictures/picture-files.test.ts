import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPictures } from '../../../src/data/pictures/picture-files.ts';
import { float32, reference, uint8 } from '../../references/read.ts';
import { put, temporaryFolder } from '../pictures.ts';

let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = temporaryFolder()));
afterEach(() => remove());

const folders = reference<{
  files: Record<string, string>;
  kerasOrder: { samples: [file: string, label: number][] };
  squash: string;
}>('folders.json');
const pillow = reference<{ cases: { name: string; file: string; squash: string }[] }>('pictures.json');

describe('files that `predict` reads for a classifier trained with squashed photos', () => {
  const squashed = { fit: 'squash', cropFraction: 1 } as const;

  // keras.utils.image_dataset_from_directory(…, image_size=(32, 32))
  it("have Keras' levels where they grow", async () => {
    const [first] = folders.kerasOrder.samples[0];
    const file = put(folder, first, uint8(folders.files[first]));
    const expected = float32(folders.squash);
    const { pixels: got } = await readPictures([file], [32, 32], { ...squashed, interpolation: 'bilinear' });
    got.forEach((level, i) => expect(Math.abs(level - expected[i])).toBeLessThanOrEqual(0.51));
  });

  // picture.resize((32, 32), Image.BICUBIC)
  it("have Pillow's where they shrink, within a level on average", async () => {
    for (const { name, file, squash } of pillow.cases.filter((one) => /^(plain|large|wide)/.test(one.name))) {
      const expected = uint8(squash);
      const { pixels: got } = await readPictures([put(folder, name, uint8(file))], [32, 32], {
        ...squashed,
        interpolation: 'bicubic',
      });
      const off = got.reduce((sum, level, i) => sum + Math.abs(level - expected[i]), 0) / got.length;
      expect(off).toBeLessThan(1);
    }
  });
});
