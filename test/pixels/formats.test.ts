import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { filesOfTable } from '../../src/data/tables/table-files.ts';
import { checkReadable } from '../../src/data/pictures/decode.ts';
import { ENDINGS_READ, FORMATS, formatOfName, type PictureFormat } from '../../src/pixels/formats/formats.ts';

const KEYS = Object.keys(FORMATS) as PictureFormat[];
let folder: string | undefined;
afterEach(() => folder && rmSync(folder, { recursive: true, force: true }));

it('a table that leaves endings out finds files of every format that is read, in small letters and capitals', () => {
  folder = mkdtempSync(path.join(tmpdir(), 'graft-formats-'));
  for (const ending of [...ENDINGS_READ, ...ENDINGS_READ.map((one) => one.toUpperCase())]) {
    const root = path.join(folder, ending);
    mkdirSync(root);
    writeFileSync(path.join(root, `one.${ending}`), 'x');
    const { files, missing } = filesOfTable([{ name: 'one', label: 'a', split: undefined }], root, 'table.csv');
    expect([ending, files[0]?.named, missing]).toEqual([ending, `one.${ending}`, 0]);
  }
});

it.each(KEYS)('%s is told by each of its endings, and is read, or refused with what to do', (key) => {
  const { endings, decoder, name, instead = 'convert it to PNG' } = FORMATS[key];
  for (const ending of endings) expect(formatOfName(`a.b/c.${ending.toUpperCase()}`)).toBe(key);
  const header = { format: key, width: 1, height: 1, whole: true };
  if (decoder) expect(() => checkReadable(header)).not.toThrow();
  else {
    const said = `${name}, which Graft does not read: ${instead}, or leave it out`;
    expect(() => checkReadable(header)).toThrow(said);
  }
});

it('docs and help name the formats that are read, and no other', () => {
  const named = (text: string): string[] =>
    KEYS.map((key) => FORMATS[key].name).filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  const read = KEYS.filter((key) => FORMATS[key].decoder).map((key) => FORMATS[key].name);
  const photos = /`sharp` decodes .*? BMP has a decoder of our own/.exec(readFileSync('docs/photos.md', 'utf8'))![0];
  expect(named(photos)).toEqual(read);
  const docstring = /Graft reads \(([^)]*)\)/.exec(readFileSync('src/classifier/predict.ts', 'utf8'))![1];
  expect(named(docstring)).toEqual(read);
});
