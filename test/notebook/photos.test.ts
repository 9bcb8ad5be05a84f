import { afterEach, beforeEach, expect, it } from 'vitest';
import { photos } from '../../src/data/photos.ts';
import { nounBundle } from '../../src/notebook/nouns.ts';
import { put, putClasses, temporaryFolder } from '../data/pictures.ts';

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
  expect(shown['text/html']).toContain('named as pictures, but are none');
  expect(shown['text/html']).toContain('cats/&lt;b&gt;.jpg');
  expect(shown['text/plain']).toBe(String(opened));
  expect((await nounBundle(opened.findings))!['text/plain']).toBe(String(opened.findings));
});
