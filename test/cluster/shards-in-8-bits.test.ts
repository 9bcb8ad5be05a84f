import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { hasInt8Instructions } from '../../src/host/machine.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { mergeShards } from '../../src/shards/feature-merge.ts';
import { computeShard } from '../../src/shards/feature-shard.ts';
import { planFeatures } from '../../src/shards/feature-plan.ts';
import { openPlace } from '../../src/storage/places/place.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'shards-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.skipIf(!hasInt8Instructions())(
  'shards in 8 bits take the ranges from the plan, and later runs find them',
  async () => {
    const images = shapes10({ train: 64 }).train;
    const backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
    const place = await openPlace(path.join(folder, 'place'));
    const kept = { precision: 'int8', dtype: 'float32', progress: false } as const;
    const plan = await planFeatures(backbone, images, place, { ...kept, shards: 2, cache: path.join(folder, 'cache') });
    expect(plan.backbone.int8!.images).toEqual([32, 16]);
    for (const shard of [1, 2]) await computeShard(backbone, images, place, plan, { shard, of: 2 }, kept);
    expect((await mergeShards(place, plan)).missing).toEqual([]);
    const found = await extractFeatures(backbone, images, { cache: place.uri, ...kept });
    expect(found.origin).toMatchObject({ cached: 64, backbone: { id: plan.backbone.id } });
    const alone = await extractFeatures(backbone, images, { cache: path.join(folder, 'cache'), ...kept });
    const every = Array.from({ length: 64 }, (_, i) => i);
    expect(alone.origin!.cached).toBe(0);
    expect(await found.rows(every)).toEqual(await alone.rows(every));
  },
);
