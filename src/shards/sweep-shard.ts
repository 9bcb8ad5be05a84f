import { type FailedRun, runAll, type SweepData } from '../experiments/sweep.ts';
import { runtimeVersion } from '../runtime/running.ts';
import type { Place } from '../storage/places/place.ts';
import type { ShardOptions } from './feature-shard.ts';
import { checkMachine, type StoredPlan } from './plan.ts';
import { checkShard, type Shard } from './shard.ts';
import { idsOf, RUNS_FOLDER, settingsOfShard, type SweepPlan } from './sweep-plan.ts';

/** The outcome for a shard of a sweep. */
export interface SweepShard {
  /** How many runs the shard has. */
  readonly runs: number;
  /** How many of them were there before, and how many this call finished. */
  readonly found: number;
  readonly computed: number;
  readonly failed: readonly FailedRun[];
  readonly seconds: number;
}

/**
 * Trains the heads of a shard of a sweep. Recorded runs are not trained again, so it may be killed, run again, or run
 * twice at once.
 * @param data the plan's features
 * @throws Error saying what the plan expects and what was given; the signal's reason if aborted
 */
export async function runSweepShard(
  data: SweepData,
  place: Place,
  plan: StoredPlan<SweepPlan>,
  shard: Shard,
  options: ShardOptions = {},
): Promise<SweepShard> {
  checkShard(shard, plan.shards);
  const started = performance.now();
  checkMachine(plan, await runtimeVersion('tensorflow'));
  checkFeatures(data, plan);
  const settings = settingsOfShard(plan, shard.shard);
  const { runs, failed, found } = await runAll(settings, data, place, {
    ...options,
    prefix: RUNS_FOLDER,
    onlyKept: true,
  });
  return {
    runs: settings.length,
    found,
    computed: runs.length - found,
    failed,
    seconds: (performance.now() - started) / 1000,
  };
}

/** @throws Error naming the features that are not the plan's */
function checkFeatures(data: SweepData, { id, data: planned }: StoredPlan<SweepPlan>): void {
  const here = idsOf(data);
  for (const split of ['train', 'validation', 'test'] as const) {
    const [expected, got] = [planned[split]?.id, here[split]?.id];
    if (expected === got) continue;
    const name = data[split]?.name;
    const text = (of: string | undefined): string => of?.slice(0, 12) ?? 'none';
    throw new Error(
      `plan ${id}: expected features to ${split === 'train' ? 'train on' : split === 'test' ? 'test on' : 'judge by'}: ` +
        `${text(expected)}; got ${text(got)}${name ? ` (${name})` : ''}. Pictures, weights or precision ` +
        'differ: bring here what the plan was made with, or make another plan with --plan.',
    );
  }
}
