import { describe, type Setting } from '../experiments/setting.ts';
import type { SweepResult, SweepRun } from '../experiments/sweep.ts';
import { joined } from './captions.ts';
import { count } from './card.ts';

/** What plots of runs take: a sweep, which knows what its runs rest on, or runs picked from one or more. */
export type Runs = Pick<SweepResult, 'runs' | 'basis'> | readonly SweepRun[];

export const runsOf = (of: Runs): readonly SweepRun[] => ('runs' in of ? of.runs : of);

/** What an option counts, where its name does not say. */
const AXIS: Partial<Record<keyof Setting, string>> = {
  train: 'training images',
  l2: 'weight decay (L2)',
  dropout: 'dropout rate',
  draws: 'images drawn an epoch',
  batchSize: 'images a step',
};

export const axisLabel = (name: keyof Setting): string => AXIS[name] ?? name;

/** An option's value in a run, as an axis or a legend takes it. */
export function valueOf(setting: Setting, name: keyof Setting): string | number {
  const value = setting[name];
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value ?? 'default');
}

/** Options by whether they are the same for all runs. */
export function optionsOf(runs: readonly SweepRun[]): {
  readonly differing: (keyof Setting)[];
  /** Those that are the same, with their values. */
  readonly common: Setting;
} {
  const names = [...new Set(runs.flatMap(({ setting }) => Object.keys(setting)))] as (keyof Setting)[];
  const differs = (name: keyof Setting): boolean =>
    new Set(runs.map(({ setting }) => JSON.stringify(setting[name]))).size > 1;
  const common = names.filter((name) => !differs(name)).map((name) => [name, runs[0].setting[name]]);
  return { differing: names.filter(differs), common: Object.fromEntries(common) as Setting };
}

/** What runs rest on: data and network where a sweep says them, n, what is the same for all, and seeds. */
export function runsCaption(of: Runs): string {
  const runs = runsOf(of);
  const { seed: _, ...common } = optionsOf(runs).common;
  const seeds = [...new Set(runs.map(({ setting }) => setting.seed ?? 1))];
  return joined(
    'basis' in of ? of.basis : `n = ${count(runs[0]?.right.length ?? 0)} test images`,
    describe(common),
    `${seeds.length > 1 ? 'seeds' : 'seed'} ${seeds.join(', ')}`,
  );
}
