import { afterEach, beforeEach, expect, it } from 'vitest';
import { photos } from '../../src/data/photos.ts';
import { temporaryFolder } from './pictures.ts';

let remove: () => void;
beforeEach(() => ({ remove } = temporaryFolder()));
afterEach(() => remove());

it('the flowers that come with the project have the faults that their README names, and no others', async () => {
  const { findings, train, test } = await photos('data/drawn-flowers', { progress: false });
  expect(findings.rows.map(({ what, examples }) => [what, ...examples])).toEqual([
    ['named as pictures, but are not', 'daisy/daisy-16.png (its name says PNG)'],
    ['damaged', expect.stringContaining('tulip/tulip-16.jpg')],
    ['smaller than 16 pixels', 'rose/thumbnail.png'],
    ['the same picture in two classes', 'rose/rose-04.jpg = tulip/IMG_0042.jpg'],
    ['whose names say another format', 'rose/rose-16.jpg'],
    ['the same picture twice', 'sunflower/copy of sunflower-02.jpg = sunflower/sunflower-02.jpg'],
  ]);
  expect([findings.pictures, findings.leftOut]).toEqual([65, 2]);
  expect(train.classNames).toEqual(['daisy', 'rose', 'sunflower', 'tulip']);
  expect([train.n, test.n]).toEqual([53, 12]);
});
