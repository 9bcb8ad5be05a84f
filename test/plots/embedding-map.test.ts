import sharp, { type Sharp } from 'sharp';
import { expect, it } from 'vitest';
import { makeDataset } from '../../src/data/dataset.ts';
import { embeddingMap } from '../../src/plots/embedding-map.ts';
import { guessed, images } from './fixed-rows.ts';
import { parsed } from './parsed.ts';

const points = Array.from({ length: 60 }, (_, i) => [i, i % 7] as const);

it('the map shows each picture on hover, in its place on the sheet, and marks mistakes', async () => {
  const predictions = images.labels.map((label, i) => (i % 3 ? label : (label + 1) % 10));
  const evaluation = guessed(images.labels, predictions, images.classNames);
  const html = await embeddingMap(images, { points }, { predictions: evaluation });
  expect(await embeddingMap(images, { points }, { predictions })).toBe(html);
  const { page, pictures } = parsed(html);
  const spots = [...page.querySelectorAll('span[title]')];
  expect(spots).toHaveLength(60);
  expect(pictures[0].querySelectorAll('circle')).toHaveLength(60);
  expect(pictures[0].querySelectorAll('circle[stroke="#222"]')).toHaveLength(20); // every third is wrong
  expect(spots.filter((spot) => spot.getAttribute('title')!.includes('taken for'))).toHaveLength(20);
  // the sheet of 60 is 8 wide; image 1 is right, the first in the drawing order
  expect(spots[0].getAttribute('title')).toBe(images.classNames[1]);
  expect(spots[0].querySelector('i')!.style.backgroundPosition).toBe('-72px 0px');
  expect(await sheetIn(html).metadata()).toMatchObject({ width: 256, height: 256 });
  await expect(embeddingMap(images, { points: [] })).rejects.toThrow(
    'embeddingMap: expected a point for each of 60 images; got 0.',
  );
});

it('pictures that are large or not square are shown whole, at the size they are shown at', async () => {
  const [height, width] = [100, 300];
  // left half dark, right half bright
  const pixels = Uint8Array.from({ length: 2 * height * width * 3 }, (_, i) =>
    (i / 3) % width < width / 2 ? 20 : 220,
  );
  const wide = makeDataset({ pixels, imageSize: [height, width], labels: [0, 1], classNames: ['a', 'b'] });
  const html = await embeddingMap(wide, { points: points.slice(0, 2) });
  const { data, info } = await sheetIn(html).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 144, height: 72 });
  const level = (row: number, column: number): number => data[(row * 144 + column) * 3];
  for (const row of [4, 68]) {
    expect([4, 67, 76, 140].map((column) => Math.round(level(row, column) / 100))).toEqual([0, 2, 0, 2]);
  }
});

const sheetIn = (html: string): Sharp =>
  sharp(Buffer.from(/url\(data:image\/jpeg;base64,([^)]+)\)/.exec(html)![1], 'base64'));
