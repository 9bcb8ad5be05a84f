import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { photos } from '../../src/data/photos.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { mergeShards } from '../../src/shards/feature-merge.ts';
import { computeShard, type FeatureShard } from '../../src/shards/feature-shard.ts';
import { planFeatures } from '../../src/shards/feature-plan.ts';
import { openPlace } from '../../src/storage/places/place.ts';
import { brokenInside, put, putClasses, temporaryFolder } from '../data/pictures.ts';

let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = temporaryFolder()));
afterEach(() => remove());

it('photos that cannot be decoded are counted and left out, and no shard waits for them, now or on another machine', async () => {
  await putClasses(folder, { 'train/a': 9, 'train/b': 8, 'test/a': 1, 'test/b': 1 });
  for (const [i, name] of ['train/a/x.png', 'train/b/y.png'].entries()) put(folder, name, await brokenInside(90 + i));
  const backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
  const place = await openPlace(path.join(folder, '..', 'place'));
  const open = async () => (await photos(folder, { progress: false })).train;
  const options = { shards: 2, precision: 'float32', dtype: 'float32', cache: folder, progress: false } as const;
  const plan = await planFeatures(backbone, await open(), place, options);
  expect(plan.rows).toBe(19);
  const run = async (shard: number): Promise<FeatureShard> =>
    computeShard(backbone, await open(), place, plan, { shard, of: 2 }, { progress: false });
  expect(await run(1)).toMatchObject({ rows: 8, computed: 8 - (await noted()), undecodable: await noted() });
  await run(2);
  expect(await noted()).toBe(2);
  // what was noted on this machine leaves the two out by now; one that has no notes finds them
  expect((await open()).n).toBe(17);
  rmSync(process.env.GRAFT_DATA!, { recursive: true });
  expect((await open()).n).toBe(19);
  for (const name of readdirSync(path.join(place.uri, plan.set)))
    if (name.endsWith('.npy')) await place.remove(`${plan.set}/${name}`);
  const again = [await run(1), await run(2)];
  expect(again.map(({ undecodable }) => undecodable).reduce((a, b) => a + b)).toBe(2);
  const { missing, damaged, merged } = await mergeShards(place, plan);
  expect([missing, damaged]).toEqual([[], []]);
  expect(merged).toMatchObject({ rows: 17, undecodable: 2 });

  async function noted(): Promise<number> {
    return (await place.list(`plans/${plan.id}/undecodable/`)).length;
  }
});
