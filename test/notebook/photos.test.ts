import { rmSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { photos } from '../../src/data/photos.ts';
import { nounBundle } from '../../src/notebook/show/nouns.ts';
import { picture, put, putClasses, temporaryFolder } from '../data/pictures.ts';

let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = temporaryFolder()));
afterEach(() => remove());

it('photos as the value of a cell are a strip of them, and what is wrong with them', async () => {
  await putClasses(folder, { cats: 10, 'dogs & co': 10 });
  put(folder, 'cats/<b>.jpg', '<!DOCTYPE html>');
  const opened = await photos(folder, { progress: false });
  const shown = (await nounBundle(opened))!;
  expect(shown['text/html']).toContain('8 images of each class');
  expect(shown['text/html']).toContain('named as pictures, but are not');
  expect(shown['text/html']).toContain('cats/&lt;b&gt;.jpg');
  expect(shown['text/plain']).toBe(String(opened));
  expect((await nounBundle(opened.findings))!['text/plain']).toBe(String(opened.findings));
});

it('the table of what is wrong has thumbnails of what can be seen, twelve at most, with their names', async () => {
  await putClasses(folder, { cats: 10, dogs: 10 });
  const one = await picture(100);
  for (const name of ['cats/<b>.png', 'dogs/again.png']) put(folder, name, one);
  for (let i = 0; i < 14; i++) put(folder, `${i % 2 ? 'cats' : 'dogs'}/small-${i}.png`, await picture(200 + i, [8, 8]));
  for (let i = 0; i < 4; i++) put(folder, `dogs/none-${i}.png`, '');
  const { findings } = await photos(folder, { progress: false });
  expect(findings.rows.map(({ what, pictures }) => [what, pictures?.length])).toEqual([
    ['empty', undefined],
    ['smaller than 16 pixels', 5],
    ['the same picture in two classes', 1],
  ]);
  const html = (await nounBundle(findings))!['text/html'];
  const images = [...html.matchAll(/<img alt="([^"]*)"[^>]*src="data:image\/jpeg;base64,([^"]*)">/g)];
  expect(images.map(([, alt]) => alt).slice(-1)).toEqual(['thumbnail of cats/&lt;b&gt;.png']);
  for (const [, , base64] of images)
    expect(await sharp(Buffer.from(base64, 'base64')).metadata()).toMatchObject({ width: 96, height: 96 });
  const many = { ...findings, rows: Array.from({ length: 5 }, () => ({ ...findings.rows[1] })) };
  expect((await nounBundle(many))!['text/html'].match(/<img /g)).toHaveLength(12);
  // a file that has gone since is named, and shown no more
  rmSync(path.join(folder, 'cats/<b>.png'));
  const after = (await nounBundle(findings))!['text/html'];
  expect(after.match(/<img /g)).toHaveLength(5);
  expect(after).toContain('cats/&lt;b&gt;.png = dogs/again.png');
});
