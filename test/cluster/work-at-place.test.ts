import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { loadClassifier } from '../../src/classifier/load.ts';
import { predict } from '../../src/classifier/predict.ts';
import { saveClassifier } from '../../src/classifier/save.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { photos } from '../../src/data/photos.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { listRuns } from '../../src/experiments/runs.ts';
import { trainClassifier } from '../../src/experiments/train.ts';
import { bringFolder } from '../../src/storage/places/bring-folder.ts';
import { openPlace } from '../../src/storage/places/place.ts';
import { putClasses } from '../data/pictures.ts';
import { reference, uint8 } from '../references/read.ts';
import { besideS3 } from './seaweedfs.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'work-'));
let count = 0;
besideS3(root);
beforeEach(() => machine());
/** Another machine: nothing is there of what the one before has brought. */
const machine = (): void => void vi.stubEnv('GRAFT_DATA', path.join(root, `machine-${count++}`));

const places = {
  'a folder by its address': () => pathToFileURL(path.join(root, `place-${count++}`)).href,
  s3: () => `s3://graft/work-${count++}`,
};
const quiet = { progress: false } as const;
const pixelsOf = async (of: Dataset): Promise<Uint8Array> => of.at(Array.from({ length: of.n }, (_, i) => i));

describe.each(Object.entries(places))('%s', (_, fresh) => {
  /** Puts all files below a folder. */
  async function upload(folder: string, uri: string): Promise<void> {
    const place = await openPlace(uri);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (entry.isFile()) await place.putIfAbsent(path.relative(folder, file), { file });
    }
  }

  it('photos: the same pictures as on the disk, brought once, and again where they have changed', async () => {
    const folder = path.join(root, `photos-${count++}`);
    await putClasses(folder, { ant: 12, bee: 12 });
    const uri = fresh();
    await upload(folder, uri);
    const [here, there] = [await photos(folder, quiet), await photos(uri, quiet)];
    expect(there.findings.rows).toEqual(here.findings.rows);
    expect(there.train.keys).toEqual(here.train.keys);
    expect(there.train.classNames).toEqual(here.train.classNames);
    expect(await pixelsOf(there.test)).toEqual(await pixelsOf(here.test));
    const place = await openPlace(uri);
    await place.remove('ant/0.png');
    await place.remove('bee/3.png');
    await place.putIfAbsent('ant/0.png', readFileSync(path.join(folder, 'bee/3.png')));
    const changed = await photos(uri, quiet);
    expect(changed.train.n + changed.test.n).toBe(23);
    await expect(photos(fresh(), quiet)).rejects.toThrow(/expected files; there are none/);
  });

  it('webdatasets and Parquet, one file or several', async () => {
    const tars = reference<{ files: Record<string, string> }>('webdataset.json').files;
    const tables = reference<{ files: Record<string, string> }>('parquet.json').files;
    const uri = fresh();
    const place = await openPlace(uri);
    for (const name of ['train-000000.tar', 'train-000001.tar', 'val-000000.tar'])
      await place.putIfAbsent(`tars/${name}`, gunzipSync(uint8(tars[name])));
    await place.putIfAbsent('plain.parquet', uint8(tables['cifar.parquet']));
    const { train, test } = await photos(`${uri}/tars`, quiet);
    expect([train.n, test.n]).toEqual([12, 4]);
    expect((await pixelsOf(train))[0]).toBe(0);
    const one = await photos(`${uri}/tars/val-000000.tar`, quiet);
    expect(one.train.n + one.test.n).toBe(4);
    const table = await photos(`${uri}/plain.parquet`, quiet);
    expect(table.train.imageSize).toEqual([16, 16]);
  });

  it('several at once bring each file once', async () => {
    const folder = path.join(root, `photos-${count++}`);
    await putClasses(folder, { ant: 6, bee: 6 });
    const uri = fresh();
    await upload(folder, uri);
    const brought: number[] = [];
    const onFile = (done: number, here: number): void => void brought.push(done - here);
    const folders = await Promise.all([1, 2, 3].map(() => bringFolder(uri, { onFile })));
    expect(new Set(folders).size).toBe(1);
    expect(brought.filter((count) => count > 0)).toHaveLength(12);
  });

  it('a dataset larger than the limit is refused before it is brought', async () => {
    const folder = path.join(root, `photos-${count++}`);
    await putClasses(folder, { ant: 4, bee: 4 });
    const uri = fresh();
    await upload(folder, uri);
    vi.stubEnv('GRAFT_CACHE_LIMIT', '0.000001');
    await expect(photos(uri, quiet)).rejects.toThrow(/GRAFT_CACHE_LIMIT allows/);
  });

  it('a run and its classifier: written there, read on another machine, overwritten by none', async () => {
    const data = shapes10({ train: 40, test: 20 });
    const uri = fresh();
    const options = { data, backbone: 'vgg19-mini', precision: 'float32', epochs: 2, ...quiet } as const;
    const { run, classifier } = await trainClassifier({ ...options, cache: `${uri}/features`, runs: `${uri}/runs` });
    await saveClassifier(classifier, `${uri}/classifier`);
    await expect(saveClassifier(classifier, `${uri}/classifier`)).rejects.toThrow(
      /without classifier\.json; there is one/,
    );
    const before = await predict(classifier, data.test);
    machine();
    const again = await loadClassifier(`${uri}/classifier`);
    expect(await predict(again, data.test)).toEqual(before);
    expect(listRuns({ folder: await bringFolder(`${uri}/runs`) }).map(({ id }) => id)).toEqual([run.id]);
  });
});
