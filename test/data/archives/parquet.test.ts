import path from 'node:path';
import * as hyparquet from 'hyparquet';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { photos } from '../../../src/data/photos.ts';
import { reference, uint8 } from '../../references/read.ts';
import { minutesLater, picture, put, temporaryFolder } from '../pictures.ts';

vi.mock('hyparquet', { spy: true });

const { files } = reference<{ files: Record<string, string> }>('parquet.json');
let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = temporaryFolder()));
afterEach(() => {
  vi.useRealTimers();
  remove();
});

const file = (name: string): string => put(folder, name, uint8(files[name]));
const open = (source: string, options: Parameters<typeof photos>[1] = {}): ReturnType<typeof photos> =>
  photos(source, { progress: false, ...options });
/** The row that a picture of one colour stands in. */
const rowOf = (pixels: Uint8Array): number => pixels[0] / 10;

describe('pictures in Parquet', () => {
  it('have splits and class names as Hugging Face writes them, over several files and row groups', async () => {
    for (const name of Object.keys(files).filter((one) => one.startsWith('data/'))) file(name);
    const { train, test, findings, division } = await open(folder);
    expect([train.n, test.n, train.classNames, division.by]).toEqual([20, 5, ['ant', 'bee', 'wasp'], 'source']);
    expect([...train.labels]).toEqual(Array.from({ length: 20 }, (_, row) => row % 3));
    expect(train.fileAt!(13)).toBe('data/train-00001-of-00002.parquet#1');
    for (const position of [0, 4, 5, 11, 12, 19]) expect(rowOf(await train.at([position]))).toBe(position);
    const test1 = await test.at([4]);
    expect([test1[0], test.labels[4]]).toEqual([240, 1]);
    expect(findings.rows).toMatchObject([{ what: 'rows without a label', count: 1, level: 'warning' }]);
  });

  it('are CIFAR-10 in this form too, and go to the network as they are', async () => {
    const { train } = await open(file('cifar.parquet'));
    expect([train.imageSize, train.fit]).toEqual([[16, 16], undefined]);
    for (let i = 0; i < train.n; i++) expect(rowOf(await train.at([i])) % 3).toBe(train.labels[i]);
  });

  it('may be bytes alone, with labels that are names', async () => {
    const { train, test } = await open(file('plain.parquet'), { path: 'photo' });
    expect(train.classNames).toEqual(['a', 'b']);
    for (const of of [train, test])
      for (let i = 0; i < of.n; i++) expect(rowOf(await of.at([i])) % 2).toBe(1 - of.labels[i]);
  });

  it('are read in ranges, and not at all again but for their labels', async () => {
    const source = file('data/train-00000-of-00002.parquet');
    minutesLater();
    const read = vi.mocked(hyparquet.parquetReadObjects).mockClear();
    const { train } = await open(source);
    const ranges = read.mock.calls.flatMap(([{ columns, rowStart, rowEnd }]) =>
      columns![0] === 'image' ? [[rowStart, rowEnd]] : [],
    );
    expect(ranges).toEqual([
      [0, 5],
      [5, 10],
      [10, 12],
    ]);
    read.mockClear();
    expect((await open(source)).train.id).toBe(train.id);
    expect(read.mock.calls.every(([{ columns }]) => columns![0] === 'label')).toBe(true);
  });

  it('are refused where there are none, naming file and columns', async () => {
    const refused = (source: string, said: string, options = {}): Promise<void> =>
      expect(open(source, options)).rejects.toThrow(said);
    await refused(file('none.parquet'), 'none.parquet: expected a column of images; got x, label.');
    await refused(file('plain.parquet'), 'expected a column of labels, "kind"; got id, photo, class.', {
      label: 'kind',
    });
    await refused(put(folder, 'bad.parquet', 'PAR1 no'), 'bad.parquet: expected a Parquet file; ');
    await refused(file('paths.parquet'), 'paths.parquet: expected pictures; got 2 files');
    const cut = uint8(files['cifar.parquet']);
    cut.fill(0, 100, 400);
    await refused(put(folder, 'cut.parquet', cut), 'cut.parquet');
    put(folder, 'a/picture.png', await picture(1));
    await refused(folder, 'expected Parquet files or pictures; got both');
    await refused(path.join(folder, 'a/picture.png'), 'expected a folder of pictures, a table (.csv, .tsv), Parquet');
  });
});
