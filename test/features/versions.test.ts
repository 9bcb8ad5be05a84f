import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { run as runCache } from '../../src/command/run/cache.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { pick } from '../../src/data/dataset.ts';
import { join } from '../../src/data/join.ts';
import { photos } from '../../src/data/photos.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { type Features, pickFeatures } from '../../src/features/features.ts';
import { joinViews } from '../../src/features/views.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { mergeShards } from '../../src/shards/feature-merge.ts';
import { planFeatures } from '../../src/shards/feature-plan.ts';
import { computeShard } from '../../src/shards/feature-shard.ts';
import { openPlace } from '../../src/storage/places/place.ts';
import { makeFolder, replaceFile } from '../../src/storage/files/replace-file.ts';
import { mergeCache } from '../../src/storage/rows/upkeep.ts';
import { noteVersions, versionsIn } from '../../src/storage/rows/versions.ts';

const images = shapes10({ train: 32 }).train;
const half = (from: number): Dataset =>
  pick(
    images,
    Array.from({ length: 16 }, (_, i) => from + i),
  );
const EARLIER = { computed: 'ONNX Runtime 1.0.0 on the CPU', decoded: {} };
let backbone: tf.LayersModel;
let root: string;
let cache: string;
beforeAll(async () => void (backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool')));
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'versions-'));
  cache = path.join(root, 'features');
  vi.stubEnv('GRAFT_DATA', path.join(root, 'data'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

const extract = (of: Dataset, place = cache): Promise<Features> =>
  extractFeatures(backbone, of, { cache: place, precision: 'float32', progress: false });
const piecesIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.npy'));
/** Makes the only piece of a set one that other versions made, or of which nobody noted what did. */
function pretend(folder: string, versions?: typeof EARLIER): void {
  const [piece] = piecesIn(folder);
  const id = versions && noteVersions(folder, versions);
  renameSync(path.join(folder, piece), path.join(folder, piece.replace(`.${versionsIn(piece)}`, id ? `.${id}` : '')));
}
const verified = async (): Promise<string> => {
  const context = { signal: new AbortController().signal };
  return ((await runCache({ cache, verify: true }, context as never)) as { readonly text: string }).text;
};

type Files = Readonly<Record<string, string>>;
interface Package {
  readonly version: string;
}
const now = (): string => expect.stringMatching(/^ONNX Runtime \d+\.\d+\.\d+ on the CPU$/) as string;

describe('what made rows stands beside them', () => {
  it('in the origin, and a set of one version says nothing more', async () => {
    const features = await extract(images);
    expect(features.origin!.versions).toEqual([{ rows: 32, computed: now(), decoded: {} }]);
    expect(String(features)).not.toContain('version');
    expect(await verified()).toMatch(/32 rows verified, all whole; made by ONNX Runtime \d+\.\d+\.\d+ on the CPU\n/);
  });

  it('a set of mixed versions says so wherever it is seen, and nothing is computed again', async () => {
    const { folder } = (await extract(half(0))).origin!;
    pretend(folder, EARLIER);
    const features = await extract(images);
    expect(features.origin!.cached).toBe(16);
    expect(features.origin!.versions).toEqual([
      { rows: 16, ...EARLIER },
      { rows: 16, computed: now(), decoded: {} },
    ]);
    const words = /of mixed versions \(16 rows: ONNX Runtime 1\.0\.0 on the CPU; 16 rows: ONNX Runtime /;
    expect(String(features)).toMatch(words);
    expect(features.origin!.engine).toMatch(words);
    expect(await verified()).toMatch(words);
    expect(await verified()).toContain('32 rows in 2 pieces, of mixed versions (');
    const again = await extract(images);
    expect([again.origin!.cached, again.id]).toEqual([32, features.id]);
    expect(String(again)).toMatch(words);
    // what is picked of them is counted anew
    expect(String(pickFeatures(features, [0, 1, 2]))).not.toContain('mixed');
    expect(String(pickFeatures(features, [0, 20]))).toMatch(/1 rows: .*; 1 rows: /);
    expect(joinViews([await extract(half(0)), await extract(half(0))]).origin!.versions).toEqual([
      { rows: 32, ...EARLIER },
    ]);
  });

  it('rows kept before that are read, with the words "version not noted"', async () => {
    const { folder } = (await extract(half(0))).origin!;
    pretend(folder);
    const old = await extract(half(0));
    expect(old.origin!.versions).toEqual([{ rows: 16 }]);
    expect(old.origin!.cached).toBe(16);
    expect(String(old)).not.toContain('version');
    expect(await verified()).toContain('16 rows verified, all whole; made by version not noted');
    expect(String(await extract(images))).toMatch(/of mixed versions \(16 rows: (version not noted; 16 rows: )?/);
  });

  it('a damaged note counts as none', async () => {
    const { folder } = (await extract(half(0))).origin!;
    pretend(folder, { ...EARLIER, computed: 'ONNX Runtime 0.9.0 on the CPU' });
    for (const name of readdirSync(folder))
      if (name.startsWith('versions-')) replaceFile(path.join(folder, name), '{}');
    expect((await extract(half(0))).origin!.versions).toEqual([{ rows: 16 }]);
  });

  it('large pieces are made of small ones of the same versions', async () => {
    const { folder } = (await extract(half(0))).origin!;
    pretend(folder, EARLIER);
    await extract(images);
    expect(await mergeCache(cache)).toMatchObject([{ before: 2, after: 2 }]);
    expect((await extract(images)).origin!.versions).toHaveLength(2);
  });

  it('at a place too', async () => {
    const place = pathToFileURL(path.join(root, 'shared')).href;
    await extract(half(0), place);
    pretend(
      path.join(
        root,
        'shared',
        readdirSync(path.join(root, 'shared')).find((name) => /^[0-9a-f]{24}$/.test(name))!,
      ),
      EARLIER,
    );
    for (const machine of ['one', 'another']) {
      vi.stubEnv('GRAFT_DATA', path.join(root, machine));
      const features = await extract(images, place);
      expect(features.origin!.cached).toBe(machine === 'one' ? 16 : 32);
      expect(features.origin!.versions).toEqual([
        { rows: 16, ...EARLIER },
        { rows: 16, computed: now(), decoded: {} },
      ]);
      // where another process reads them
      const notes = readdirSync(features.origin!.folder).filter((name) => name.startsWith('versions-'));
      expect(notes).toHaveLength(2);
    }
  });

  it('and in what shards are merged to', async () => {
    const place = await openPlace(cache);
    const plan = await planFeatures(backbone, images, place, { shards: 2, precision: 'float32', progress: false });
    for (const shard of [1, 2])
      await computeShard(backbone, images, place, plan, { shard, of: 2 }, { progress: false });
    const { merged } = await mergeShards(place, plan);
    expect(merged!.versions).toEqual([{ rows: 32, computed: now(), decoded: {} }]);
    expect((await extract(images)).origin!.versions).toEqual(merged!.versions);
  });
});

it('what decodes pictures is noted, as long as they are decoded', async () => {
  const folder = path.join(root, 'photos');
  for (const name of ['red', 'blue']) {
    makeFolder(path.join(folder, name));
    for (const width of [40, 41, 42, 43, 44]) {
      const picture = sharp({ create: { width, height: 40, channels: 3, background: name } });
      replaceFile(path.join(folder, name, `${width}.png`), await picture.png().toBuffer());
    }
  }
  const { train } = await photos(folder);
  const features = await extract(train);
  const { sharp: version, vips: libvips } = sharp.versions;
  expect(features.origin!.versions).toEqual([{ rows: train.n, computed: now(), decoded: { libvips, sharp: version } }]);
  expect(await verified()).toContain(`pictures decoded by libvips ${libvips} and sharp ${version}`);
  // a phone's picture among them has a decoder of its own
  const { files } = JSON.parse(readFileSync('test/references/odd-pictures.json', 'utf8')) as { files: Files };
  replaceFile(path.join(folder, 'red', 'phone.heic'), Buffer.from(files['grid.heic'], 'base64'));
  const { version: heif } = JSON.parse(readFileSync('node_modules/libheif-js/package.json', 'utf8')) as Package;
  const decoded = { libvips, sharp: version, 'libheif-js': heif };
  const all = await photos(folder);
  const more = await extract(join([all.train, all.test], { name: 'all' }));
  expect(more.origin!.versions.map((versions) => versions.decoded)).toContainEqual(decoded);
});

it('TensorFlow is noted where it computes', async () => {
  const { engine, ...rest } = { engine: 'tensorflow', cache, progress: false } as const;
  const features = await extractFeatures(backbone, half(0), { engine, ...rest });
  const computed = expect.stringMatching(/^TensorFlow(\.js)? \d+\.\d+\.\d+/) as string;
  expect(features.origin!.versions).toEqual([{ rows: 16, computed, decoded: {} }]);
});
