import { combinations, sweepBasis, type Grid, type SweepData } from '../experiments/sweep.ts';
import type { RunData } from '../experiments/run-records.ts';
import type { Setting } from '../experiments/setting.ts';
import type { Place } from '../storage/places/place.ts';
import { type StoredPlan, type PlanBase, planBase, putPlan, type SharingOptions } from './plan.ts';
import { checkShards } from './shard.ts';

/** Everything that all shards of a sweep share, decided once. */
export interface SweepPlan extends PlanBase {
  readonly kind: 'sweep';
  readonly grid: Grid;
  /** How many runs there are. */
  readonly runs: number;
  /** The features, by the ids of their content. */
  readonly data: RunData;
  /** What every run is based on, in words. */
  readonly basis: string;
}

/** The folder where runs are recorded, below a place. */
export const RUNS_FOLDER = 'sweeps/';

/**
 * Decides everything that all shards of a sweep share and puts it at a place.
 * @param data the features, which each shard opens again
 * @returns the plan; the same one for the same arguments
 * @throws RangeError naming an unknown option
 */
export async function planSweep(
  grid: Grid,
  data: SweepData,
  place: Place,
  options: SharingOptions,
): Promise<StoredPlan<SweepPlan>> {
  checkShards(options.shards);
  return putPlan(place, {
    ...(await planBase('tensorflow', options)),
    kind: 'sweep',
    grid,
    runs: combinations(grid).length,
    data: idsOf(data),
    basis: sweepBasis(data),
  });
}

/** Gives the ids that name the content of features. */
export const idsOf = ({ train, validation, test }: SweepData): RunData => ({
  train: { id: train.id, views: train.views },
  ...(validation && { validation: { id: validation.id } }),
  test: { id: test.id, views: test.views },
});

/** Gives the settings of a shard: every N-th, so that slow and fast ones are spread over all shards alike. */
export const settingsOfShard = ({ grid, shards }: Pick<SweepPlan, 'grid' | 'shards'>, shard: number): Setting[] =>
  combinations(grid).filter((_, i) => i % shards === shard - 1);
