import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { photos } from '../../src/data/photos.ts';
import { splitOfWord } from '../../src/data/tables/table-splits.ts';
import { labelOf } from '../../src/data/archives/webdataset-samples.ts';
import { compareAll } from '../../src/experiments/statistics/compare-settings.ts';
import { combinations } from '../../src/experiments/sweep.ts';
import { readPreprocessorConfig } from '../../src/backbones/preprocessor-config.ts';
import { checkAugment } from '../../src/pixels/augment.ts';
import { formatOfName } from '../../src/pixels/formats/formats.ts';
import { picture, put, putClasses, temporaryFolder } from './pictures.ts';

let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = temporaryFolder()));
afterEach(() => remove());

/** What every object of JavaScript has without having been given it. */
const WORDS = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', 'isPrototypeOf'];

describe.each(WORDS)('%s is a word like any other', (word) => {
  it('as a folder beside train and test', async () => {
    await putClasses(folder, { 'train/a': 3, 'train/b': 3, 'test/a': 2, 'test/b': 2, [`${word}/a`]: 2 });
    const { train, validation, test, findings } = await photos(folder, { progress: false });
    expect([train.n, validation, test.n]).toEqual([6, undefined, 4]);
    expect(String(findings)).toMatch(new RegExp(`folders beside the splits +1 +${word}\\. Left out`));
  });

  it('as a class, in folders and in tables', async () => {
    await putClasses(folder, { [word]: 4, b: 4 });
    const { train, test } = await photos(folder, { progress: false });
    expect(train.classNames).toEqual([word, 'b'].sort());
    expect(train.n + test.n).toBe(8);
    const rows = [0, 1, 2, 3].flatMap((i) => [`${word}/${i}.png,${word}`, `b/${i}.png,b`]);
    const table = await photos(put(folder, 'table.csv', ['path,label', ...rows].join('\n')), { progress: false });
    expect(table.train.classNames).toEqual([word, 'b'].sort());
  });

  it('as a split in a table', async () => {
    put(folder, 'a.png', await picture(1));
    const table = put(folder, 'table.csv', `path,label,split\na.png,a,train\na.png,b,${word}\n`);
    await expect(photos(table, { progress: false })).rejects.toThrow(
      `row 3: expected a split, train, val or test; got "${word}"`,
    );
    expect(() => splitOfWord(word, 'x')).toThrow('expected a split');
  });

  it('as the end of a file’s name, an option, a group of runs', () => {
    expect(formatOfName(path.join('a', `notes.${word}`))).toBeUndefined();
    expect(() => checkAugment(JSON.parse(`{ "${word}": 1 }`) as object)).toThrow('augment: expected options');
    expect(() => combinations(JSON.parse(`{ "${word}": [1] }`) as object)).toThrow('sweep: expected options');
    expect(() => compareAll({ a: [], b: [] }, word)).toThrow(`compareAll: expected runs of "${word}" and of others`);
    expect(labelOf(undefined, Buffer.from('{}'), undefined)).toBeUndefined();
    const config = { do_resize: true, size: { height: 32, width: 32 }, do_normalize: false, resample: word };
    expect(() => readPreprocessorConfig(config)).toThrow(/resample/);
  });
});
