import { rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { photos } from '../../src/data/photos.ts';
import { parseTable } from '../../src/data/table.ts';
import { picture, put, temporaryFolder } from './pictures.ts';

let folder: string;
let remove: () => void;
beforeEach(async () => {
  ({ folder, remove } = temporaryFolder());
  for (let i = 0; i < 6; i++) put(folder, `files/${i}.png`, await picture(i));
});
afterEach(() => remove());

const table = (text: string, name = 'table.csv'): string => put(folder, name, text);
const open = (file: string, options: Parameters<typeof photos>[1] = {}): ReturnType<typeof photos> =>
  photos(file, { progress: false, ...options });
const ROWS = ['0.png,b', '1.png,a', '2.png,b', '3.png,a', '4.png,b', '5.png,a'];

describe('a table of pictures', () => {
  it('has paths and labels in columns found by name, whatever else it has', async () => {
    const file = table(
      ['id,Filename,x,Label', ...ROWS.map((row, i) => `${i},files/${row.replace(',', ',"1,5",')}`)].join('\r\n'),
    );
    const { train, test } = await open(file);
    expect(train.classNames).toEqual(['a', 'b']);
    const all = [train, test].flatMap((of) =>
      Array.from(of.labels, (label, i) => `${of.fileAt!(i)},${train.classNames[label]}`),
    );
    expect(all.sort()).toEqual(ROWS.map((row) => `files/${row}`));
  });

  it('is in UTF-8, with or without a mark, or refused: other encodings make other names', async () => {
    const text = ['path,label', ...ROWS.map((row) => `files/${row.replace('a', 'ä')}`)].join('\n');
    expect((await open(table(`\uFEFF${text}`))).train.classNames).toEqual(['b', 'ä']);
    const refused = 'table.csv: expected a table in UTF-8; it is in another encoding (UTF-16, Latin-1 …).';
    for (const bytes of [Buffer.from(text, 'latin1'), Buffer.from(`\uFEFF${text}`, 'utf16le')])
      await expect(open(put(folder, 'table.csv', bytes))).rejects.toThrow(refused);
  });

  it('may name its columns, its root and its splits', async () => {
    const splits = ['train', 'Training', 'train', 'train', 'val', 'val'];
    const file = table(
      ['where\twhat\tsplit', ...ROWS.map((row, i) => `${row.replace(',', '\t')}\t${splits[i]}`)].join('\n'),
      't.tsv',
    );
    const { train, test, division } = await open(file, {
      path: 'where',
      label: 'what',
      root: path.join(folder, 'files'),
    });
    expect([[...train.labels], [...test.labels], division]).toEqual([[1, 0, 1, 0], [1, 0], { by: 'source' }]);
  });

  it('reads what a run wrote down of its division as that division', async () => {
    const file = table(['path,label,split', ...ROWS.map((row, i) => `${row},${i < 4 ? 'train' : 'test'}`)].join('\n'));
    const { test } = await open(file, { root: path.join(folder, 'files') });
    expect([test.fileAt!(0), test.fileAt!(1)]).toEqual(['4.png', '5.png']);
  });

  it('counts numbers in their order', async () => {
    const file = table(
      ['path;label', ...ROWS.map((row, i) => `files/${row.split(',')[0]};${[10, 9, 10, 9, 2, 2][i]}`)].join('\n'),
    );
    expect((await open(file)).train.classNames).toEqual(['2', '9', '10']);
  });

  it.each([
    [
      '',
      'path: expected a column of paths (path, file, filename, file_name …); got an empty file. Name it with --path.',
    ],
    [
      'path,labels\n0.png,a',
      'label: expected a column of labels (label, class, category, label_name …); got path, labels. Name it with --label.',
    ],
    ['path,label\n', 'expected a header and a row for each picture; got 1 rows.'],
    ['path,label\n0.png,a\n1.png, \n,b', 'expected a path and a label in each row; got none in row 3, row 4.'],
    ['path,label\n0.png,a,b', 'expected a table (CSV or TSV); Invalid Record Length: expect 2, got 3 on line 2.'],
    ['path,label\n"0.png,a', 'expected a table (CSV or TSV); Quote Not Closed'],
    ['path,label,path\n0.png,a,b', 'expected a name for each column; got "path" twice.'],
    ['path,label,split\nfiles/0.png,a,holdout', 'row 2: expected a split, train, val or test; got "holdout".'],
    [
      'path,label\n0.png,a\n1.png,a\n2.png,b\nfiles/3.png,b\n4.png,b',
      '4 of 5 files are not there: 0.png, 1.png, 2.png … (4). Name another folder with --root.',
    ],
    [
      'path,label\n../outside.png,a\n/etc/passwd,b',
      '2 of 2 files lie outside: ../outside.png, /etc/passwd. Name another folder with --root.',
    ],
    ['path,label\nfiles/link.png,a', '1 of 1 files lie outside: files/link.png.'],
  ])('is refused, naming what was expected: %j', async (text, said) => {
    put(folder, '../outside.png', await picture(9));
    symlinkSync(path.join(folder, '../outside.png'), path.join(folder, 'files/link.png'));
    await expect(open(table(text))).rejects.toThrow(said);
    rmSync(path.join(folder, 'files/link.png'));
  });

  it('is split at what its header has most of', () => {
    expect(parseTable('a;b\n"1;2";3', 'x.csv')).toEqual([
      ['a', 'b'],
      ['1;2', '3'],
    ]);
    expect(parseTable('\uFEFFa\tb\n"1\t3', 'x.csv')).toEqual([
      ['a', 'b'],
      ['"1', '3'],
    ]);
    expect(parseTable('a,b\n1,"x ""y"""', 'x.csv')).toEqual([
      ['a', 'b'],
      ['1', 'x "y"'],
    ]);
  });
});
