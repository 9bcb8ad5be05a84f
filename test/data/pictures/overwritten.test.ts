import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Header } from 'tar';
import * as hyparquet from 'hyparquet';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { photos } from '../../../src/data/photos.ts';
import { indexFile, type KnownFile, readIndex, writeIndex } from '../../../src/data/pictures/picture-index.ts';
import { readSealed, writeSealed } from '../../../src/storage/files/sealed-json.ts';
import { reference, uint8 } from '../../references/read.ts';
import { minutesLater, overwrite, plainPicture, put, temporaryFolder } from '../pictures.ts';

vi.mock('hyparquet', { spy: true });

let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = temporaryFolder()));
afterEach(() => {
  vi.useRealTimers();
  remove();
});

const parquet = (): Uint8Array =>
  uint8(reference<{ files: Record<string, string> }>('parquet.json').files['data/train-00000-of-00002.parquet']);

/** An archive with a picture for each level; of every other one the class is b. */
async function archive(levels: readonly number[]): Promise<Buffer> {
  const blocks = (name: string, data: Buffer): Buffer[] => {
    const block = Buffer.alloc(512);
    new Header({ path: name, size: data.length, type: 'File', mode: 0o644, mtime: new Date(0) }).encode(block);
    return [block, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  };
  const files = await Promise.all(
    levels.map(async (level, i) => [
      ...blocks(`${i}.png`, await plainPicture(level)),
      ...blocks(`${i}.cls`, Buffer.from('ab'[i % 2])),
    ]),
  );
  return Buffer.concat([...files.flat(), Buffer.alloc(1024)]);
}

const LEVELS = [10, 20, 30, 40, 50, 60, 70, 80];

/** Sources of the same eight pictures; `file` is the one of them, or the archive, that is overwritten. */
const SOURCES: Readonly<Record<string, () => Promise<{ source: string; file: string; changed: Buffer }>>> = {
  async 'a folder'() {
    for (const [i, level] of LEVELS.entries()) put(folder, `${'ab'[i % 2]}/${i}.png`, await plainPicture(level));
    return { source: folder, file: path.join(folder, 'a/0.png'), changed: await plainPicture(99) };
  },
  async 'a table'() {
    for (const [i, level] of LEVELS.entries()) put(folder, `${i}.png`, await plainPicture(level));
    const rows = LEVELS.map((_, i) => `${i}.png,${'ab'[i % 2]}`);
    const source = put(folder, 'table.csv', ['path,label', ...rows].join('\n'));
    return { source, file: path.join(folder, '0.png'), changed: await plainPicture(99) };
  },
  async 'an archive'() {
    const source = put(folder, 'all.tar', await archive(LEVELS));
    return { source, file: source, changed: await archive([99, ...LEVELS.slice(1)]) };
  },
};

/** The colour of every picture, in order. */
async function levelsOf(source: string): Promise<number[]> {
  const { train, test } = await photos(source, { size: 8, progress: false });
  const levels = [];
  for (const of of [train, test]) for (let i = 0; i < of.n; i++) levels.push((await of.at([i]))[0]);
  return levels.sort((a, b) => a - b);
}

const AFTER = [20, 30, 40, 50, 60, 70, 80, 99];

describe.each(Object.keys(SOURCES))('pictures in %s', (kind) => {
  it('that are overwritten with size and time of change kept are other pictures', async () => {
    const { source, file, changed } = await SOURCES[kind]();
    minutesLater();
    expect(await levelsOf(source)).toEqual(LEVELS);
    expect(readIndex(source).size).toBe(8);
    overwrite(file, changed);
    expect(await levelsOf(source)).toEqual(AFTER);
  });

  it('are not noted while they may change again within the same tick', async () => {
    const { source } = await SOURCES[kind]();
    await levelsOf(source);
    expect(readIndex(source).size).toBe(0);
  });

  it('of which another content was noted say so once: they are read when they are opened again', async () => {
    const { source, file, changed } = await SOURCES[kind]();
    minutesLater();
    await levelsOf(source);
    const noted = new Map(readIndex(source));
    overwrite(file, changed);
    await levelsOf(source);
    // as on a disk that notes no time: the old content beside the new file's state
    const index = new Map<string, KnownFile>();
    for (const [name, now] of readIndex(source)) index.set(name, { ...now, content: noted.get(name)!.content });
    writeIndex(source, index);
    await expect(levelsOf(source)).rejects.toThrow('it has changed since it was looked at. Open the pictures again.');
    expect(await levelsOf(source)).toEqual(AFTER);
  });
});

describe('pictures in Parquet', () => {
  const imagesRead = async (source: string): Promise<boolean> => {
    const read = vi.mocked(hyparquet.parquetReadObjects).mockClear();
    await photos(source, { progress: false });
    return read.mock.calls.some(([{ columns }]) => columns![0] === 'image');
  };

  it('are read again when the file was overwritten with size and time of change kept, and noted once it is settled', async () => {
    const source = put(folder, 'data.parquet', parquet());
    expect([await imagesRead(source), readIndex(source).size]).toEqual([true, 0]);
    minutesLater();
    expect([await imagesRead(source), await imagesRead(source)]).toEqual([true, false]);
    overwrite(source, readFileSync(source));
    expect([await imagesRead(source), await imagesRead(source)]).toEqual([true, false]);
  });
});

it('what has the same content under another time is read again, and what was damaged inside stays left out', async () => {
  const { source } = await SOURCES['a folder']();
  minutesLater();
  await levelsOf(source);
  const index = readIndex(source);
  index.set('a/0.png', { ...index.get('a/0.png')!, touched: 0, problem: 'damaged: inside' });
  writeIndex(source, index);
  const { message } = (await photos(source, { progress: false }).catch((error: Error) => error)) as Error;
  expect(message).toMatch(/1 of 8.*\n.*damaged.*a\/0\.png \(inside\)/s);
});

it('what was noted in an earlier format counts as none', async () => {
  const { source } = await SOURCES['a folder']();
  minutesLater();
  const levels = await levelsOf(source);
  const { format } = readSealed<{ format: string }>(indexFile(source));
  writeSealed(indexFile(source), {
    format: 'graft pictures 1',
    source,
    rows: [['a/0.png', 1, 1, 1, '', '', 0, 0, 'damaged: x']],
  });
  expect(await levelsOf(source)).toEqual(levels);
  expect(readSealed<{ format: string }>(indexFile(source)).format).toBe(format);
});
