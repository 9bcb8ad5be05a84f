import { factsOfRuns } from '../experiments/run-facts.ts';
import { readRun, runFile } from '../experiments/run-records.ts';
import { combinations, type SweepResult, type SweepRun } from '../experiments/sweep.ts';
import { inTurns } from '../host/in-turns.ts';
import { takeAway } from '../storage/places/take-away.ts';
import type { Place } from '../storage/places/place.ts';
import { sealed } from '../storage/files/sealed-json.ts';
import type { StoredPlan } from './plan.ts';
import { RUNS_FOLDER, type SweepPlan } from './sweep-plan.ts';

/** The findings on all shards of a sweep. */
export interface SweepMerge {
  /** The shards that lack runs, and how many. */
  readonly missing: readonly { readonly shard: number; readonly runs: number }[];
  /** Records that were damaged; they are set aside, and count as missing. */
  readonly damaged: readonly { readonly shard: number; readonly file: string; readonly why: string }[];
  /** The finished runs, in the grid's order. */
  readonly result: SweepResult;
  /** If nothing is missing, the manifest, and the kinds of CPU that made the runs, with how many. */
  readonly merged?: { readonly file: string; readonly cpus: Readonly<Record<string, number>> };
}

/** Looks for every run of a sweep. If none is missing, it makes the sweep known by a manifest of its runs. */
export async function mergeSweep(place: Place, plan: StoredPlan<SweepPlan>): Promise<SweepMerge> {
  const settings = combinations(plan.grid);
  const files = settings.map((setting) => RUNS_FOLDER + runFile(setting, plan.data));
  const factsOf = factsOfRuns(plan.data);
  const found = await inTurns(files, (file) => readRun(place, file));
  const runs: SweepRun[] = [];
  const damaged: SweepMerge['damaged'][number][] = [];
  const missing = new Map<number, number>();
  const perCpu = new Map<string, number>();
  for (const [i, there] of found.entries()) {
    if (there && 'run' in there) {
      runs.push({ ...there.run, of: factsOf(settings[i]) });
      const { cpu = 'not known' } = there;
      perCpu.set(cpu, (perCpu.get(cpu) ?? 0) + 1);
      continue;
    }
    const shard = (i % plan.shards) + 1;
    missing.set(shard, (missing.get(shard) ?? 0) + 1);
    if (!there) continue;
    damaged.push({ shard, file: files[i], why: there.damaged });
    await takeAway(place, files[i]);
  }
  const result: SweepResult = { kind: 'sweep', runs, failed: [], basis: plan.basis };
  const shards = [...missing].sort(([a], [b]) => a - b).map(([shard, own]) => ({ shard, runs: own }));
  if (shards.length) return { missing: shards, damaged, result };
  const file = `${RUNS_FOLDER}merged-${plan.id}.json`;
  const cpus = Object.fromEntries(perCpu);
  const manifest = { format: 'graft merged sweep 1', plan: plan.id, basis: plan.basis, runs: files, cpus };
  await place.putIfAbsent(file, Buffer.from(sealed(manifest)));
  return { missing: [], damaged, result, merged: { file, cpus } };
}
