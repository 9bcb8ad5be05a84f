import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { Result, ValuesOf } from '../../src/command/line/command.mjs';
import type { flags } from '../../src/command/features.mjs';
import { run as features } from '../../src/command/run/features.ts';
import { run as sweep } from '../../src/command/run/sweep.ts';
import { cifar10Sample } from '../../src/data/named/cifar10-sample.ts';
import { take } from '../../src/data/dataset.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import type { Progress } from '../../src/host/progress.ts';
import { trainClassifier } from '../../src/experiments/train.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { brokenInside, put, putClasses } from '../data/pictures.ts';
import { readPlan } from '../../src/shards/plan.ts';
import { openPlace } from '../../src/storage/places/place.ts';

// a CPU that computes in 8 bits, whatever this one is: where sums overflow they do so everywhere here
vi.mock('../../src/host/machine.ts', async (original) => ({
  ...(await original<typeof import('../../src/host/machine.ts')>()),
  hasInt8Instructions: () => true,
}));
vi.mock('../../src/runtime/calibrate.ts', async (original) => {
  const actual = await original<typeof import('../../src/runtime/calibrate.ts')>();
  return {
    ...actual,
    agreementOn: () => Promise.resolve(1),
    calibrate: async (...args: Parameters<typeof actual.calibrate>) => ({
      ...(await actual.calibrate(...args)),
      agreement: 1,
    }),
  };
});

const root = mkdtempSync(path.join(os.tmpdir(), 'plan-'));
let count = 0;
const folder = (): string => path.join(root, `${count++}`);
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const context = { operands: [], signal: new AbortController().signal };
type Json = Record<string, unknown>;
type Printed = Result & { readonly json: Json; readonly text: string };
/** `graft features` with some flags: what it prints as JSON. */
async function graft(values: ValuesOf<typeof flags>): Promise<Json> {
  const { json } = (await features(values, context)) as Printed;
  return json;
}
async function shards(place: string, of: number, plan: string): Promise<Json> {
  for (let shard = 1; shard <= of; shard++) await graft({ out: place, plan, shard: { shard, of } });
  return graft({ out: place, plan, merge: true });
}
const SAMPLE = { data: 'cifar10-sample', backbone: 'vgg19-mini', cut: 'block5_pool' } as const;
const cut = async () => cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');

describe('a plan of features', () => {
  it('decides as graft train and extractFeatures do, so that they find all of it there', async () => {
    vi.stubEnv('GRAFT_DATA', folder());
    const place = folder();
    const made = await graft({ ...SAMPLE, out: place, plan: 'new', shards: 2 });
    expect(made.precision).toMatch(/^int8/);
    const { train, test } = await cifar10Sample();
    expect(made.rows).toBe(train.n + test.n);
    await shards(place, 2, String(made.plan));
    const found = await extractFeatures(await cut(), { train, test }, { cache: place, progress: false });
    expect([found.train.origin!.cached, found.test.origin!.cached]).toEqual([train.n, test.n]);
    const computed: Progress[] = [];
    await trainClassifier({
      ...SAMPLE,
      cache: place,
      runs: folder(),
      train: 60,
      validation: 20,
      test: 20,
      epochs: 1,
      progress: (progress) => void (progress.label.startsWith('vgg19-mini') && computed.push(progress)),
    });
    expect(computed.length).toBeGreaterThan(0);
    for (const { cached, total } of computed) expect(cached).toBe(total);
  });

  it.each([
    { kept: { precision: 'float32' }, asked: { precision: 'int8' }, said: 'in float32: --precision float32' },
    { kept: { precision: 'int8' }, asked: { precision: 'float32' }, said: 'in int8: --precision int8' },
    { kept: { dtype: 'float16' }, asked: { dtype: 'float32' }, said: 'as float16: --dtype auto' },
  ] as const)('is told of where something else is asked for: $said', async ({ kept, asked, said }) => {
    vi.stubEnv('GRAFT_DATA', folder());
    const place = folder();
    const set = { ...SAMPLE, precision: 'float32', limit: 64, split: 'train', ...kept } as const;
    const made = await graft({ ...set, out: place, plan: 'new', shards: 1 });
    await shards(place, 1, String(made.plan));
    const notes: string[] = [];
    const { train } = await cifar10Sample();
    const progress = ({ note }: Progress): void => void notes.push(note ?? '');
    const options = { precision: 'float32', cache: place, calibration: train, ...asked, progress } as const;
    await extractFeatures(await cut(), take(train, 80), options);
    expect(notes).toContain(`64 of them lie there ${said} takes those`);
  });

  it('is the same from another folder, and names its pictures by their full path', async () => {
    const photos = folder();
    await putClasses(photos, { 'train/a': 5, 'train/b': 5, 'test/a': 2, 'test/b': 2 });
    const place = folder();
    const named = { backbone: 'vgg19-mini', cut: 'block5_pool', precision: 'float32', plan: 'new', shards: 1 } as const;
    const made = await graft({ ...named, out: place, data: path.relative(process.cwd(), photos) });
    const { asked } = await readPlan(await openPlace(place), String(made.plan), 'features');
    expect(asked.data).toBe(photos);
    expect((await graft({ ...named, out: place, data: photos })).plan).toBe(made.plan);
    const grid = path.join(root, 'grid.json');
    const content = {
      data: path.relative(process.cwd(), photos),
      backbone: 'vgg19-mini',
      cut: 'block5_pool',
      train: 8,
      test: 4,
    };
    writeFileSync(grid, JSON.stringify({ ...content, precision: 'float32', grid: { dropout: [0.5], epochs: [1] } }));
    const runs = folder();
    const swept = await sweep({ out: runs, plan: 'new', shards: 1 }, { ...context, operands: [grid] });
    const { plan } = (swept as Printed).json as { plan: string };
    expect((await readPlan(await openPlace(runs), plan, 'sweep')).asked.data).toBe(photos);
  });

  it('whose pictures are not here fails as something that may be tried again, and names the flags', async () => {
    const photos = folder();
    await putClasses(photos, { 'train/a': 5, 'train/b': 5, 'test/a': 2, 'test/b': 2 });
    const place = folder();
    const made = await graft({
      backbone: 'vgg19-mini',
      cut: 'block5_pool',
      out: place,
      data: photos,
      plan: 'new',
      shards: 1,
    });
    rmSync(photos, { recursive: true });
    const shard = graft({ out: place, plan: String(made.plan), shard: { shard: 1, of: 1 } });
    await expect(shard).rejects.toThrow(
      `plan ${String(made.plan)}: expected on this machine what it was made with (--data ${photos} --backbone vgg19-mini); `,
    );
    await expect(shard).rejects.toThrow(
      /--data, --root and --backbone say where the same things lie on this machine\.$/,
    );
    await expect(shard).rejects.not.toBeInstanceOf(RangeError);
  });

  it('says which pictures are left out, when it is made and when it is merged', async () => {
    vi.stubEnv('GRAFT_DATA', folder());
    const photos = folder();
    await putClasses(photos, { 'train/a': 5, 'train/b': 5, 'test/a': 2, 'test/b': 2 });
    put(photos, 'train/a/text.jpg', Buffer.from('this is text'));
    put(photos, 'train/b/broken.png', await brokenInside(90));
    const place = folder();
    const made = await graft({
      backbone: 'vgg19-mini',
      cut: 'block5_pool',
      precision: 'float32',
      dtype: 'float32',
      out: place,
      data: photos,
      plan: 'new',
      shards: 1,
    });
    expect(made).toMatchObject({ leftOut: 1, rows: 15 });
    await graft({ out: place, plan: String(made.plan), shard: { shard: 1, of: 1 } });
    const merged = (await features({ out: place, plan: String(made.plan), merge: true }, context)) as Printed;
    expect(merged.text).toMatch(/1 picture cannot be decoded, and has no row: \S*broken\.png \(.+\)/);
    expect(merged.json).toMatchObject({ leftOut: [{ file: expect.stringContaining('broken.png') as string }] });
  });
});
