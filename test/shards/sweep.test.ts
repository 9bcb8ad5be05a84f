import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { combinations, runAll, sweep, type SweepData, type SweepResult } from '../../src/experiments/sweep.ts';
import { features, type Features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { type StoredPlan, putPlan, readPlan } from '../../src/shards/plan.ts';
import { mergeSweep } from '../../src/shards/sweep-merge.ts';
import { runSweepShard, type SweepShard } from '../../src/shards/sweep-shard.ts';
import { planSweep, type SweepPlan } from '../../src/shards/sweep-plan.ts';
import { openPlace, type Place } from '../../src/storage/places/place.ts';

let folder: string;
let place: Place;
beforeAll(useTensorFlow);
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'shards-'));
  place = await openPlace(path.join(folder, 'place'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const waves = (n: number, shift = 0): Features =>
  features(
    Float32Array.from({ length: n * 8 }, (_, i) => Math.sin(Math.floor(i / 8) * 0.7 + (i % 8) * 1.3 + shift)),
    Array.from({ length: n }, (_, i) => (i * 7) % 3),
  );
const data: SweepData = { train: waves(60), test: waves(40, 1) };
const grid = { dropout: [0, 0.3], hidden: [[], [4]], seed: [1, 2], epochs: [2] };
const quiet = { progress: false } as const;
const run = (plan: StoredPlan<SweepPlan>, shard: number, of: SweepData = data): Promise<SweepShard> =>
  runSweepShard(of, place, plan, { shard, of: plan.shards }, quiet);
/** All but how long it took, and what a plan does not say of the test images. */
const facts = ({ runs, basis }: SweepResult): unknown => [
  basis,
  runs.map(({ seconds: _, epochs, of, ...rest }) => [
    { ...rest, key: of!.key, train: of!.train, test: of!.test.id },
    epochs.map(({ seconds: __, ...epoch }) => epoch),
  ]),
];

describe('a sweep in shards', () => {
  it('is bit for bit that of one machine, in the grid’s order', async () => {
    const plan = await planSweep(grid, data, place, { shards: 3 });
    expect(await planSweep(grid, data, place, { shards: 3 })).toEqual(plan);
    expect(plan).toMatchObject({ runs: 8, shards: 3 });
    expect(await run(plan, 3)).toMatchObject({ runs: 2, found: 0, computed: 2, failed: [] });
    expect((await mergeSweep(place, plan)).missing).toEqual([
      { shard: 1, runs: 3 },
      { shard: 2, runs: 3 },
    ]);
    await Promise.all([run(plan, 1), run(plan, 1), run(plan, 2)]);
    expect(await run(plan, 1)).toMatchObject({ found: 3, computed: 0 });
    const { missing, damaged, result, merged } = await mergeSweep(place, plan);
    expect([missing, damaged, Object.values(merged!.cpus)]).toEqual([[], [], [8]]);
    expect(facts(result)).toEqual(facts(await sweep(grid, data, { folder: path.join(folder, 'alone'), ...quiet })));
  });

  it('goes on where a record is damaged or gone, and takes the runs of an ordinary sweep', async () => {
    const plan = await planSweep(grid, data, place, { shards: 2 });
    await sweep(grid, data, { folder: path.join(place.uri, 'sweeps'), ...quiet });
    expect((await mergeSweep(place, plan)).missing).toEqual([]);
    const [first, second] = readdirSync(path.join(place.uri, 'sweeps')).map((name) =>
      path.join(place.uri, 'sweeps', name),
    );
    writeFileSync(first, readFileSync(first, 'utf8').replace('"right":"', '"right":"1'));
    rmSync(second);
    const { missing, damaged, merged } = await mergeSweep(place, plan);
    expect(merged).toBeUndefined();
    expect(damaged).toEqual([expect.objectContaining({ why: expect.stringMatching('checksum differs') as string })]);
    expect(missing.reduce((sum, { runs }) => sum + runs, 0)).toBe(2);
    for (const { shard, runs } of missing) expect(await run(plan, shard)).toMatchObject({ computed: runs });
    expect((await mergeSweep(place, plan)).missing).toEqual([]);
  });

  it('names runs that fail', async () => {
    const plan = await planSweep({ train: [30, 500] }, data, place, { shards: 1 });
    const { computed, failed } = await run(plan, 1);
    expect([computed, failed.map(({ error }) => error)]).toEqual([
      1,
      [expect.stringContaining('expected 1 to 60 images, whose features are there; got 500')],
    ]);
    expect((await mergeSweep(place, plan)).missing).toEqual([{ shard: 1, runs: 1 }]);
  });

  it('ends with the first run that the place refuses, while a sweep of one machine trains on and says so', async () => {
    const plan = await planSweep(grid, data, place, { shards: 1 });
    const refused = Object.assign(new Error('s3://graft/x: not allowed (403 AccessDenied).'), { refused: true });
    let tries = 0;
    const refuse = (): Promise<never> => {
      tries++;
      return Promise.reject(refused);
    };
    const readOnly = { ...place, putIfAbsent: refuse };
    await expect(runSweepShard(data, readOnly, plan, { shard: 1, of: 1 }, quiet)).rejects.toBe(refused);
    expect(tries).toBe(1);
    const { runs, failed } = await runAll(combinations({ epochs: [1], seed: [1, 2] }), data, readOnly, quiet);
    expect([runs.length, failed.map((run) => run.refused)]).toEqual([2, [true, true]]);
  });

  it('is refused on other features, by another version or kind of CPU, and with a plan of another kind', async () => {
    const plan = await planSweep(grid, data, place, { shards: 2, cpu: 'same' });
    await expect(run(plan, 1, { ...data, train: waves(60, 2) })).rejects.toThrow(
      /expected features to train on: [0-9a-f]{12}; got [0-9a-f]{12} \(features from elsewhere\)/,
    );
    await expect(run(plan, 1, { ...data, validation: waves(20) })).rejects.toThrow('to judge by: none; got');
    const { id: _, ...content } = plan;
    const altered = async (how: Partial<SweepPlan>): Promise<unknown> =>
      run(await putPlan(place, { ...content, ...how }), 1);
    await expect(altered({ graft: '0.0.9' })).rejects.toThrow('expected Graft 0.0.9; this machine has');
    await expect(altered({ runtime: 'TensorFlow 1.0.0' })).rejects.toThrow(
      'expected TensorFlow 1.0.0; this machine has',
    );
    await expect(altered({ cpus: ['Intel 8086'] })).rejects.toThrow('expected a CPU of the kind Intel 8086');
    await expect(readPlan(place, plan.id, 'features')).rejects.toThrow('expected a plan of features; got one of sweep');
    await expect(planSweep({ dropuot: [0] } as object, data, place, { shards: 1 })).rejects.toThrow('got "dropuot"');
  });
});
