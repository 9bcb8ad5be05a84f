import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Dataset, pick } from '../../src/data/dataset.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { cpuKind } from '../../src/host/machine.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { putRecord, recordName } from '../../src/shards/block-records.ts';
import { type FeatureMerge, mergeShards } from '../../src/shards/feature-merge.ts';
import { computeShard, type FeatureShard } from '../../src/shards/feature-shard.ts';
import { type FeaturePlan, planFeatures, type PlanFeaturesOptions } from '../../src/shards/feature-plan.ts';
import { type StoredPlan, putPlan, readPlan } from '../../src/shards/plan.ts';
import { putPiece } from '../../src/shards/put-piece.ts';
import { checkPiece, rowBytes, rowOffset, sumsOf } from '../../src/storage/rows/piece.ts';
import { openPlace, type Place } from '../../src/storage/places/place.ts';
import { hostName } from '../../src/storage/files/processes.ts';

// 64 pictures, of which 4 stand twice, in an order of their own
const drawn = shapes10({ train: 60 }).train;
const images = pick(drawn, [59, ...Array.from({ length: 60 }, (_, i) => i), 3, 4, 5]);
const every = Array.from({ length: images.n }, (_, i) => i);
let backbone: tf.LayersModel;
let folder: string;
let place: Place;

beforeAll(async () => {
  backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
});
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'shards-'));
  place = await openPlace(path.join(folder, 'place'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const quiet = { progress: false } as const;
const make = (options: Partial<PlanFeaturesOptions> = {}, of: Dataset = images): Promise<StoredPlan<FeaturePlan>> =>
  planFeatures(backbone, of, place, {
    shards: 3,
    precision: 'float32',
    dtype: 'float32',
    cache: path.join(folder, 'cache'),
    ...quiet,
    ...options,
  });
const run = (plan: StoredPlan<FeaturePlan>, shard: number, of: Dataset = images): Promise<FeatureShard> =>
  computeShard(backbone, of, place, plan, { shard, of: plan.shards }, quiet);
const merge = (plan: StoredPlan<FeaturePlan>): Promise<FeatureMerge> => mergeShards(place, plan);
const pieces = (plan: FeaturePlan): string[] =>
  readdirSync(path.join(place.uri, plan.set)).filter((name) => name.endsWith('.npy'));

describe('features that shards compute', () => {
  it('are bit for bit those of one machine, in any order of shards, and found by extractFeatures', async () => {
    for (const dtype of ['float32', 'float16'] as const) {
      const plan = await make({ dtype });
      expect(plan).toMatchObject({ rows: 60, shards: 3, blockRows: 8, dtype });
      for (const shard of [2, 3, 1]) await run(plan, shard);
      const { missing, damaged, merged } = await merge(plan);
      expect([missing, damaged]).toEqual([[], []]);
      expect(merged).toMatchObject({ plan: plan.id, rows: 60, undecodable: 0 });
      expect(Object.values(merged!.cpus)).toEqual([60]);
      const options = { precision: 'float32', dtype, ...quiet } as const;
      const found = await extractFeatures(backbone, images, { cache: place.uri, ...options });
      const alone = await extractFeatures(backbone, images, { cache: path.join(folder, 'alone'), ...options });
      expect(found.origin!.cached).toBe(images.n);
      expect(alone.origin!.cached).toBe(0);
      expect(found.id).toBe(alone.id);
      expect(await found.rows(every)).toEqual(await alone.rows(every));
      found.close();
      alone.close();
    }
  });

  it('are planned the same whenever the same is asked for', async () => {
    const plan = await make();
    expect(await make()).toEqual(plan);
    expect(await readPlan(place, plan.id, 'features')).toEqual(JSON.parse(JSON.stringify(plan)));
    expect((await make({ shards: 4 })).id).not.toBe(plan.id);
  });

  it('are the same files whoever computes them, and none is computed twice', async () => {
    const plan = await make();
    expect(await run(plan, 1)).toMatchObject({ rows: 16, found: 0, computed: 16 });
    const before = pieces(plan);
    expect(await run(plan, 1)).toMatchObject({ rows: 16, found: 16, computed: 0 });
    await Promise.all([run(plan, 2), run(plan, 2)]);
    const other = await openPlace(path.join(folder, 'other'));
    await planFeatures(backbone, images, other, { ...plan, ...quiet, precision: 'float32', cache: folder });
    for (const shard of [1, 2]) await computeShard(backbone, images, other, plan, { shard, of: 3 }, quiet);
    expect(readdirSync(path.join(other.uri, plan.set)).sort()).toEqual(
      readdirSync(path.join(place.uri, plan.set)).sort(),
    );
    expect(pieces(plan)).toEqual(expect.arrayContaining(before));
  });

  it('that CPUs of two kinds compute at once are those of the one whose record is there first, and the merge says so', async () => {
    const plan = await make();
    let theirs: { readonly name: string } | undefined;
    const racing: Place = {
      ...place,
      async putIfAbsent(name, bytes) {
        if (!theirs && name === recordName(plan.id, 0)) {
          // the other has its piece and its record there between this one's piece and its record
          const [mine] = pieces(plan);
          const file = readFileSync(path.join(place.uri, plan.set, mine));
          const { keys, n, rowShape, dtype } = checkPiece(mine, file, plan.backbone.outputShape);
          const rows = file.subarray(rowOffset({ rowShape, dtype }, 0), rowOffset({ rowShape, dtype }, n));
          for (let at = 0; at < rows.length; at += 4) rows[at] ^= 1; // the last bit of each float32
          const sums = sumsOf(rows, rowBytes(rowShape, dtype));
          theirs = await putPiece(place, plan.set, { keys, sums, rowShape, dtype }, rows);
          await putRecord(place, plan.id, {
            block: 0,
            rows: n,
            piece: { ...theirs, bytes: file.length },
            cpu: 'other',
          });
        }
        return place.putIfAbsent(name, bytes);
      },
    };
    await computeShard(backbone, images, racing, plan, { shard: 1, of: 3 }, quiet);
    for (const shard of [2, 3]) await run(plan, shard);
    expect(pieces(plan)).toContain(theirs!.name);
    expect(pieces(plan)).toHaveLength(8); // the piece that came second has gone
    const { merged, missing, damaged } = await merge(plan);
    expect([missing, damaged]).toEqual([[], []]);
    expect(merged!.cpus).toEqual({ other: 8, [cpuKind()]: 52 });
    const found = await extractFeatures(backbone, images, {
      cache: place.uri,
      precision: 'float32',
      dtype: 'float32',
      ...quiet,
    });
    expect(found.origin!.cached).toBe(images.n);
    found.close();
  });

  it('decide once how rows are kept', async () => {
    expect((await make({ dtype: 'auto' })).dtype).toBe('float16');
  });
});

describe('what is not there, or not whole', () => {
  it('is named by shard and rows, and computed by the next call', async () => {
    const plan = await make();
    await run(plan, 2);
    expect(await merge(plan)).toMatchObject({
      missing: [
        { shard: 1, rows: 16 },
        { shard: 3, rows: 20 },
      ],
    });
    await run(plan, 1);
    await run(plan, 3);
    const [bad, cut, gone] = pieces(plan).map((name) => path.join(place.uri, plan.set, name));
    const bytes = readFileSync(bad);
    bytes[300] ^= 1;
    writeFileSync(bad, bytes);
    truncateSync(cut, 1000);
    rmSync(gone);
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(bad, hourAgo, hourAgo); // the cut one is young: somebody may still be copying it
    const { missing, damaged } = await merge(plan);
    expect([existsSync(bad), readFileSync(`${bad}.aside`).equals(bytes), existsSync(cut)]).toEqual([false, true, true]);
    expect(missing.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThanOrEqual(20);
    expect(damaged.map(({ why }) => why).sort()).toEqual([
      expect.stringMatching(/^1 of its \d rows differ from what was written/),
      expect.stringMatching(/is damaged/),
      'it is not there',
    ]);
    for (const { shard } of missing) await run(plan, shard);
    expect(await merge(plan)).toMatchObject({ missing: [], damaged: [] });
  });

  it('is computed again by the shard itself where a piece is cut off, gone or its record damaged', async () => {
    const plan = await make();
    await run(plan, 1);
    const [first, second] = pieces(plan).map((name) => path.join(place.uri, plan.set, name));
    truncateSync(first, 500);
    expect(await run(plan, 1)).toMatchObject({ found: 8, computed: 8 });
    rmSync(second);
    expect(await run(plan, 1)).toMatchObject({ found: 8, computed: 8 });
    writeFileSync(path.join(place.uri, 'plans', plan.id, 'blocks', '000000.json'), '{');
    expect(await run(plan, 1)).toMatchObject({ found: 8, computed: 8 });
  });

  it('where nothing can be written says so, and loses nothing', async () => {
    const plan = await make();
    await run(plan, 2);
    const blocked = path.join(place.uri, plan.set);
    renameSync(blocked, `${blocked}.aside`);
    writeFileSync(blocked, '');
    await expect(run(plan, 1)).rejects.toThrow(new RegExp(`${plan.set} cannot be made|cannot be written`));
    rmSync(blocked);
    renameSync(`${blocked}.aside`, blocked);
    // of a process of this machine that has ended; the next one finds it
    place = await openPlace(place.uri);
    writeFileSync(path.join(blocked, `.0123.npy.${hostName()}.999999999.tmp`), 'half');
    expect(await run(plan, 1)).toMatchObject({ computed: 16 });
    expect((await merge(plan)).missing).toEqual([{ shard: 3, rows: 20 }]);
    expect(readdirSync(blocked).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('a shard that does not belong to the plan is refused, with what was expected and what came:', () => {
  it('other weights of the same name, and another network', async () => {
    const plan = await make();
    const other = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
    const [weights, bias] = other.layers[1].getWeights();
    other.layers[1].setWeights([weights.add(1e-4), bias]);
    const shard = (given: tf.LayersModel): Promise<unknown> =>
      computeShard(given, images, place, plan, { shard: 1, of: 3 }, quiet);
    await expect(shard(other)).rejects.toThrow(
      /expected vgg19-mini to block5_pool, [0-9a-f]{12}; got vgg19-mini to block5_pool, [0-9a-f]{12}: other weights/,
    );
    await expect(shard(cutAt(await loadNetwork('vgg19-mini'), 'block4_pool'))).rejects.toThrow(
      /got vgg19-mini to block4_pool, .*: another network/,
    );
  });

  it('pictures that changed since, where they are this shard’s', async () => {
    const plan = await make();
    const changed = pick(
      shapes10({ train: 60, seed: 2 }).train,
      every.map((i) => i % 60),
    );
    await expect(run(plan, 1, changed)).rejects.toThrow(/in which 16 of this shard's images are not/);
    const more = pick(
      shapes10({ train: 64 }).train,
      Array.from({ length: 64 }, (_, i) => i),
    );
    expect(more.id).not.toBe(images.id);
    expect(await run(plan, 1, pick(images, [...every].reverse()))).toMatchObject({ computed: 16 });
  });

  it('another version of Graft or of what computes, another kind of CPU', async () => {
    const plan = await make({ cpu: 'same' });
    const { id: _, ...content } = plan;
    const altered = async (how: Partial<FeaturePlan>): Promise<unknown> =>
      run(await putPlan(place, { ...content, ...how }), 1);
    await expect(altered({ graft: '0.0.9, commit 0123456789ab' })).rejects.toThrow(
      /expected Graft 0\.0\.9, commit 0123456789ab; this machine has \d/,
    );
    await expect(altered({ runtime: 'ONNX Runtime 1.2.3' })).rejects.toThrow(
      /expected ONNX Runtime 1\.2\.3; this machine has ONNX Runtime \d/,
    );
    await expect(altered({ cpus: ['Intel 8086'] })).rejects.toThrow(
      /expected a CPU of the kind Intel 8086; this machine has .*plan with --cpu any/,
    );
    expect(await run(plan, 1)).toMatchObject({ computed: 16 });
  });

  it('a plan that is not there, damaged, or of another name', async () => {
    await expect(readPlan(place, 'f'.repeat(24), 'features')).rejects.toThrow(/none is there/);
    await expect(readPlan(place, 'mine', 'features')).rejects.toThrow('expected 24 digits 0-9a-f');
    const plan = await make();
    await expect(readPlan(place, 'f'.repeat(24), 'features')).rejects.toThrow(plan.id);
    const file = path.join(place.uri, 'plans', `${plan.id}.json`);
    const text = readFileSync(file, 'utf8');
    writeFileSync(path.join(place.uri, 'plans', `${'e'.repeat(24)}.json`), text);
    await expect(readPlan(place, 'e'.repeat(24), 'features')).rejects.toThrow(`its content is that of ${plan.id}`);
    writeFileSync(file, text.replace('"shards": 3', '"shards": 4'));
    await expect(readPlan(place, plan.id, 'features')).rejects.toThrow(/is damaged: its checksum differs.*--plan/);
    const keys = path.join(place.uri, 'plans', `${plan.keys.slice(0, 24)}.keys`);
    writeFileSync(keys, readFileSync(keys).subarray(16));
    await expect(run(plan, 1)).rejects.toThrow(/\.keys is damaged/);
  });
});
