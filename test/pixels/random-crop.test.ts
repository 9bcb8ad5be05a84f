import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { augmented } from '../../src/data/augmented.ts';
import { asNetworkTakes, type Dataset, makeDataset, pick } from '../../src/data/dataset.ts';
import { decodePart } from '../../src/data/pictures/decode.ts';
import { photos } from '../../src/data/photos.ts';
import { type Box, drawBox } from '../../src/pixels/random-crop.ts';
import { scalePart } from '../../src/pixels/scale.ts';
import { random } from '../../src/random.ts';
import { picture, put, putClasses, temporaryFolder } from '../data/pictures.ts';
import { reference, uint8 } from '../references/read.ts';

type Four = [top: number, left: number, height: number, width: number];
type Two = [number, number];
const { boxes, file, parts } = reference<{
  boxes: { size: Two; scale: Two; ratio: Two; numbers: number[]; box: Four }[];
  file: string;
  parts: { box: Four; bilinear: string; 'bicubic-keys': string }[];
}>('random-crop.json');
// of a pixel and a narrow shape torchvision takes a part without pixels, on which it then fails
const boxOf = ([top, left, height, width]: Four): Box => ({
  top,
  left,
  height: Math.max(1, height),
  width: Math.max(1, width),
});

let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = temporaryFolder()));
afterEach(() => remove());

const all = (images: Dataset): Promise<Uint8Array> => images.read(0, images.n);

describe('a random resized crop', () => {
  // torchvision.transforms.RandomResizedCrop.get_params(picture, scale, ratio)
  it("is drawn as torchvision's, also where no box fits", () => {
    for (const { size, scale, ratio, numbers, box } of boxes) {
      const given = numbers.values();
      expect(drawBox(size, { scale, ratio }, () => given.next().value!)).toEqual(boxOf(box));
    }
  });

  // picture.crop((left, top, left + width, top + height)).resize((24, 24), Image.BILINEAR)
  it("is scaled as Pillow's crop and resize, within a level", async () => {
    for (const { box, ...expected } of parts)
      for (const interpolation of ['bilinear', 'bicubic-keys'] as const) {
        const got = await decodePart(uint8(file), () => boxOf(box), { size: 24, interpolation });
        const right = uint8(expected[interpolation]);
        got.forEach((level, i) => expect(Math.abs(level - right[i])).toBeLessThanOrEqual(1));
      }
  });

  it('of a photo is a part of the whole photo, at its own resolution', async () => {
    await putClasses(folder, { a: 3, b: 3 });
    const wide = await picture(50, [60, 300]);
    put(folder, 'b/wide.png', wide);
    const { train, test } = await photos(folder, { progress: false });
    const [of, position] = [train, test]
      .map((set) => [set, Array.from({ length: set.n }, (_, i) => set.fileAt!(i)).indexOf('b/wide.png')] as const)
      .find(([, at]) => at >= 0)!;
    const options = { randomResizedCrop: { scale: [0.1, 0.2] } } as const;
    const input = { size: 48, interpolation: 'bicubic' } as const;
    const own = asNetworkTakes(augmented(of, options, { view: 2 }), input);
    expect(own.imageSize).toEqual([48, 48]);
    const key = Buffer.from(asNetworkTakes(of, input).keysAt([position])).toString('hex');
    const box = drawBox([60, 300], options.randomResizedCrop, random(1, `crop/2/${key}`));
    const expected = await decodePart(wide, () => box, { size: 48, interpolation: 'bilinear' });
    expect(Buffer.compare(await own.at([position]), expected)).toBe(0);
    const alone = asNetworkTakes(augmented(pick(of, [position]), options, { view: 2 }), input);
    expect(await all(alone)).toEqual(await own.at([position]));
    expect(alone.keys).toEqual(own.keysAt([position]));
  });

  it('works on any data set, beside what else is done, and depends on the picture, the view and the seed alone', async () => {
    const pixels = Uint8Array.from({ length: 5 * 16 * 20 * 3 }, (_, i) => (i * 7919) % 256);
    const images = makeDataset({ pixels, imageSize: [16, 20], labels: [0, 1, 0, 1, 0], classNames: ['a', 'b'] });
    const crop = augmented(images, { randomResizedCrop: true });
    const key = Buffer.from(images.keysAt([3])).toString('hex');
    const box = drawBox([16, 20], {}, random(1, `crop/0/${key}`));
    const part = scalePart(pixels.subarray(3 * 960, 4 * 960), [16, 20], box, [16, 20], 'bilinear');
    expect(await crop.at([3])).toEqual(part);
    expect(await all(augmented(pick(images, [4, 1]), { randomResizedCrop: true }))).toEqual(await crop.at([4, 1]));
    const flipped = await augmented(images, { randomResizedCrop: true, verticalFlip: true }).at([0, 1, 2, 3, 4]);
    const rows = (of: Uint8Array, i: number): string[] =>
      Array.from({ length: 16 }, (_, r) => of.subarray(i * 960 + r * 60, i * 960 + (r + 1) * 60).join());
    const plain = await all(crop);
    const turned = [0, 1, 2, 3, 4].map((i) => {
      const [before, after] = [rows(plain, i), rows(flipped, i)];
      if (after.join() === before.join()) return false;
      expect(after).toEqual(before.reverse());
      return true;
    });
    expect(new Set(turned).size).toBe(2);
    for (const other of [{ view: 1 }, { seed: 2 }])
      expect(await all(augmented(images, { randomResizedCrop: true }, other))).not.toEqual(plain);
  });

  it('is drawn at the size of the network where that is asked for', async () => {
    const pixels = Uint8Array.from({ length: 2 * 8 * 8 * 3 }, (_, i) => (i * 7919) % 256);
    const images = makeDataset({ pixels, imageSize: [8, 8], labels: [0, 1], classNames: ['a', 'b'] });
    const large = augmented(images, { randomResizedCrop: true }, { size: 32 });
    const box = drawBox([8, 8], {}, random(1, `crop/0/${Buffer.from(images.keysAt([1])).toString('hex')}`));
    expect(await large.at([1])).toEqual(scalePart(pixels.subarray(192), [8, 8], box, [32, 32], 'bilinear'));
  });

  it('says what it takes', () => {
    const images = makeDataset({ pixels: new Uint8Array(12), imageSize: [2, 2], labels: [0], classNames: ['a'] });
    const said = /randomResizedCrop: expected true, or \{ scale, ratio \} of two numbers each, .*; got /;
    for (const wrong of [
      1,
      null,
      { scale: 0.5 },
      { scale: [0, 1] },
      { scale: [0.5, 2] },
      { ratio: [2, 1] },
      { size: 3 },
    ])
      expect(() => augmented(images, { randomResizedCrop: wrong } as object)).toThrow(said);
    expect(() => augmented(images, { randomResizedCrop: false })).not.toThrow();
  });
});
