import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { join } from '../../src/data/join.ts';
import { type Photos, photos } from '../../src/data/photos.ts';
import { reference, uint8 } from '../references/read.ts';
import { archive } from './archives/tar-archive.ts';
import { picture, put, temporaryFolder } from './pictures.ts';

let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = temporaryFolder()));
afterEach(() => remove());

const open = (source: string, groups?: string): Promise<Photos> => photos(source, { progress: false, groups });
/** The group of every picture, whichever split it is in, by its file. */
const groupsIn = ({ train, test, groupsOf }: Photos): Record<string, string | undefined> => {
  const all = join([train, test], { name: 'all' });
  return Object.fromEntries(groupsOf(all).map((group, i) => [all.fileAt!(i), group]));
};

/** Six pictures in the folders of two classes, and a table of them. */
async function six(): Promise<string> {
  for (let i = 0; i < 6; i++) put(folder, `pictures/${'ab'[i % 2]}/${i}.png`, await picture(i));
  const rows = [0, 1, 2, 3, 4, 5].map(
    (i) => `pictures/${'ab'[i % 2]}/${i}.png,${'ab'[i % 2]},${i < 5 ? `p${i % 3}` : ''}`,
  );
  return put(folder, 'pictures.csv', ['path,label,patient', ...rows].join('\n'));
}
const WANTED = ['p0', 'p1', 'p2', 'p0', 'p1', undefined];

describe('groups of pictures', () => {
  it('stand in a column of their table, an empty cell for none', async () => {
    const groups = groupsIn(await open(await six(), 'patient'));
    expect(groups).toStrictEqual(
      Object.fromEntries(WANTED.map((group, i) => [`pictures/${'ab'[i % 2]}/${i}.png`, group])),
    );
  });

  it('stand in a table of files and groups beside a folder, however it writes paths', async () => {
    await six();
    const rows = WANTED.map((group = '', i) => `.\\${'ab'[i % 2]}\\${i}.png;${group}`);
    const file = put(folder, 'who.csv', ['file;whose', ...rows].join('\n'));
    const groups = groupsIn(await open(`${folder}/pictures`, file));
    expect(groups).toStrictEqual(Object.fromEntries(WANTED.map((group, i) => [`${'ab'[i % 2]}/${i}.png`, group])));
  });

  it('stand in a column of a Parquet file', async () => {
    const { files } = reference<{ files: Record<string, string> }>('parquet.json');
    const opened = await photos(put(folder, 'plain.parquet', uint8(files['plain.parquet'])), {
      ...{ progress: false, path: 'photo', groups: 'class' },
    });
    const { train } = opened;
    expect(opened.groupsOf(train)).toEqual(Array.from(train.labels, (label) => train.classNames[label]));
  });

  it('stand under a key of a webdataset’s .json', async () => {
    const samples = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => [
        [{ path: `${i}.png` }, await picture(i)] as const,
        [{ path: `${i}.json` }, JSON.stringify({ label: 'ab'[i % 2], camera: i < 4 ? i % 2 : null })] as const,
      ]),
    );
    const groups = groupsIn(await open(put(folder, 'own.tar', archive(...samples.flat())), 'camera'));
    expect(groups).toStrictEqual(
      Object.fromEntries(['0', '1', '0', '1', undefined, undefined].map((group, i) => [`own.tar#${i}.png`, group])),
    );
  });

  it('are refused where they are not, naming what was expected', async () => {
    const table = await six();
    await expect(open(table, 'plant')).rejects.toThrow('groups: expected a column "plant"; got path, label, patient.');
    await expect(open(`${folder}/pictures`, 'patient')).rejects.toThrow('name a table of files and groups, FILE.csv.');
    const other = put(folder, 'other.csv', 'file,group\nx.png,1\n');
    await expect(open(`${folder}/pictures`, other)).rejects.toThrow(
      /expected files of .*, like a\/0\.png; got x\.png\./,
    );
    const two = put(folder, 'two.csv', 'file,group\na/0.png,1\na/0.png,2\n');
    await expect(open(`${folder}/pictures`, two)).rejects.toThrow('row 3 has "2" for a/0.png, "1" above.');
    const bare = put(folder, 'bare.csv', 'x,y,z\n1,2,3\n');
    await expect(open(`${folder}/pictures`, bare)).rejects.toThrow(
      'expected a column of files (path, file, filename …)',
    );
    const without = await open(table);
    expect(() => without.groupsOf(without.train)).toThrow("photos(source, { groups: 'patient' })");
  });
});
