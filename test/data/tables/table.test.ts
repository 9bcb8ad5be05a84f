import { rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { photos } from '../../../src/data/photos.ts';
import { parseTable } from '../../../src/data/tables/table-rows.ts';
import { sample } from '../../../src/data/subset.ts';
import { picture, put, temporaryFolder } from '../pictures.ts';

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
    [
      'path,label\n0.png,a,b',
      'expected a table (CSV or TSV); row 2 has 3 cells, the header 2. Put text with "," in it into quotes.',
    ],
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

  it('numbers its rows as spreadsheets do, and passes over empty ones', async () => {
    const rows = ['path,label', '', 'files/0.png,"a', 'b"', ',,'.slice(1), 'files/1.png,'];
    await expect(open(table(rows.join('\n')))).rejects.toThrow('got none in row 5.');
    expect(parseTable('a,b\n\n1,2\n,\n3,4\n\n', 'x.csv').map(({ row }) => row)).toEqual([1, 3, 5]);
  });

  it.each([
    ['without endings', 'path', (i: number) => `files/${i}`, 'with the ending that the file has'],
    ['with backslashes', 'path', (i: number) => `files\\${i}.png`, 'with / for \\'],
    ['with blanks behind', 'path', (i: number) => `files/${i}.png `, 'without the blanks around it'],
    ['with a folder too many', 'image_id', (i: number) => `data/files/${i}.png`, 'without its first folder'],
    ['with two of these', 'Id', (i: number) => `files\\${i}`, 'with / for \\ and with the ending that the file has'],
  ])('finds files %s by the one change, which it says', async (_, column, nameOf, said) => {
    const rows = [0, 1, 2, 3, 4, 5].map((i) => `"${nameOf(i)}",${i % 2 ? 'a' : 'b'}`);
    const { train, test, findings } = await open(table([`${column}, label`, ...rows].join('\n')));
    const files = [train, test].flatMap((of) => Array.from(of.labels, (_, i) => of.fileAt!(i)));
    expect(files.sort()).toEqual([0, 1, 2, 3, 4, 5].map((i) => `files/${i}.png`));
    const found = findings.rows.find(({ what }) => what === 'whose names differ in the table')!;
    expect([found.count, found.advice]).toEqual([6, `Read ${said}.`]);
  });

  it('finds names in another Unicode form, and guesses nothing where two files may be meant', async () => {
    put(folder, 'files/\u00e4.png', await picture(20));
    const { train, test } = await open(
      table(['path,label', ...ROWS.map((row) => `files/${row}`), 'files/a\u0308.png,a'].join('\n')),
    );
    expect(train.n + test.n).toBe(7);
    put(folder, 'files/0.jpg', await picture(21));
    await expect(open(table('path,label\nfiles/0,a\nfiles/1,b'))).rejects.toThrow('2 of 2 files are not there');
  });

  it('leaves out a tenth of missing files, which it counts, and no more', async () => {
    for (let i = 6; i < 20; i++) put(folder, `files/${i}.png`, await picture(i));
    const rows = Array.from({ length: 20 }, (_, i) => `files/${i}.png,${i % 2 ? 'a' : 'b'}`);
    const file = table(['path,label', ...rows, 'files/gone.png,a', 'files/lost.png,b'].join('\n'));
    const { train, test, findings } = await open(file);
    expect([train.n + test.n, findings.leftOut]).toEqual([20, 2]);
    expect(findings.rows[0]).toMatchObject({
      what: 'not there',
      level: 'left out',
      examples: ['files/gone.png', 'files/lost.png'],
    });
    await train.read(0, train.n); // each its own file
    await expect(open(file, { strict: true })).rejects.toThrow('strict: expected nothing wrong');
    await expect(
      open(table(['path,label', ...ROWS.map((row) => `files/${row}`), 'files/gone.png,a'].join('\n'))),
    ).rejects.toThrow('1 of 7 files are not there');
  });

  it.each([
    ['Usage', ['Training', 'Training', 'Training', 'Training', 'PublicTest', 'PrivateTest']],
    ['is_train', ['1', '1', '1', '1', '0', '0']],
    ['is_test', ['False', 'False', 'False', 'False', 'True', 'True']],
    ['phase', ['train', 'train', 'train', 'train', 'test', 'test']],
  ])('follows a column %s', async (column, words) => {
    const rows = ROWS.map((row, i) => `files/${row},${words[i]}`);
    const { train, test, division } = await open(table([`path,label,${column}`, ...rows].join('\n')));
    expect([train.n, test.n, division.by]).toEqual([4, 2, 'source']);
  });

  it('says of columns that divide it otherwise that they are not followed', async () => {
    const rows = ROWS.map((row, i) => `files/${row},${i % 3},${i}`);
    const { division, findings } = await open(table(['path,label,fold,set', ...rows].join('\n')));
    expect(division.by).toBe('seed');
    const found = findings.rows.find(({ what }) => what === 'columns that are not followed');
    expect(found?.examples).toEqual(['set', 'fold']);
  });

  it('of test rows only is tested on, not divided again', async () => {
    const set = await open(table(['path,label,split', ...ROWS.map((row) => `files/${row},test`)].join('\n')));
    expect([set.train.n, set.test.n, set.division]).toEqual([0, 6, { by: 'source' }]);
    expect(() => sample(set)).toThrow('expected pictures to train on; got none: all 6 are to test on');
  });

  it('may begin with a column that has no name, as pandas writes its index, and with Excel’s line of its mark', async () => {
    const index = table([',path,label', ...ROWS.map((row, i) => `${i % 2},files/${row}`)].join('\n'));
    expect((await open(index)).train.classNames).toEqual(['a', 'b']);
    for (const [header, wanted] of [
      [',path,kind', 'label'],
      [',picture name,label', 'path'],
    ])
      await expect(open(table([header, ...ROWS.map((row, i) => `${i % 2},files/${row}`)].join('\n')))).rejects.toThrow(
        `table.csv: ${wanted}: expected a column of ${wanted}s`,
      );
    const excel = ['sep=;', 'path;label', ...ROWS.map((row) => `files/${row.replace(',', ';')}`)];
    for (const mark of ['', '\uFEFF'])
      expect((await open(table(mark + excel.join('\r\n')))).train.classNames).toEqual(['a', 'b']);
    expect(() => parseTable(`${excel.join('\n')};3`, 'a.csv')).toThrow('row 8 has 3 cells, the header 2.');
  });

  it('is told of labels that are none, or several at once', async () => {
    const labels = ['cat', 'dog', 'cat dog', 'NaN', 'cat', 'dog'];
    const { findings } = await open(
      table(['path,label', ...labels.map((one, i) => `files/${i}.png,${one}`)].join('\n')),
    );
    expect(findings.rows).toContainEqual(
      expect.objectContaining({ what: 'classes named as if there were no label', level: 'warning', examples: ['NaN'] }),
    );
    expect(findings.rows).toContainEqual(
      expect.objectContaining({ what: 'classes named like several others together', examples: ['cat dog'] }),
    );
  });

  it('is split at what its header has most of', () => {
    const cellsOf = (...of: Parameters<typeof parseTable>): string[][] => parseTable(...of).map(({ cells }) => cells);
    expect(cellsOf('a;b\n"1;2";3', 'x.csv')).toEqual([
      ['a', 'b'],
      ['1;2', '3'],
    ]);
    expect(cellsOf('\uFEFFa\tb\n"1\t3', 'x.csv')).toEqual([
      ['a', 'b'],
      ['"1', '3'],
    ]);
    expect(cellsOf('a,b\n1,"x ""y"""', 'x.csv')).toEqual([
      ['a', 'b'],
      ['1', 'x "y"'],
    ]);
  });
});
