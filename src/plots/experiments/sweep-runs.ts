import { meanAccuracy } from '../../experiments/statistics/mean-accuracy.ts';
import { uniqueRuns } from '../../experiments/run-facts.ts';
import { settingText, type Setting, valueIn } from '../../experiments/setting.ts';
import { groupBySetting, varyingOptions } from '../../experiments/statistics/setting-groups.ts';
import type { SweepResult, SweepRun } from '../../experiments/sweep.ts';
import { byValidation } from '../../experiments/validation.ts';
import { inSentence } from '../../text/in-sentence.ts';
import { joinCaption } from '../frame/captions.ts';
import { count } from '../frame/card.ts';

/** What plots of runs take: a sweep, which knows what its runs are based on, or runs picked from one or more sweeps. */
export type Runs = (Pick<SweepResult, 'runs' | 'basis'> & Partial<Pick<SweepResult, 'trained'>>) | readonly SweepRun[];

/** Gives each run once, however often it was given. */
export const runsOf = (of: Runs): readonly SweepRun[] => uniqueRuns('runs' in of ? of.runs : of);

/** What an option counts, if its name does not say it. */
const AXIS: Partial<Record<keyof Setting, string>> = {
  train: 'training images',
  l2: 'weight decay (L2)',
  dropout: 'dropout rate',
  draws: 'images drawn an epoch',
  batchSize: 'images a step',
};

export const axisLabel = (name: keyof Setting): string => AXIS[name] ?? name;

/** Gives an option's value in a run, for an axis or a legend; its default if it was left out. */
export function valueOf(setting: Setting, name: keyof Setting): string | number {
  const value = valueIn(setting, name);
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value ?? 'default');
}

/** Divides options into those that differ between runs and those that are the same for all. */
export function optionsOf(runs: readonly SweepRun[]): {
  readonly differing: (keyof Setting)[];
  /** Options that are the same, with their values. */
  readonly common: Setting;
} {
  const names = [...new Set(runs.flatMap(({ setting }) => Object.keys(setting)))] as (keyof Setting)[];
  const differing = varyingOptions(runs);
  const common = names.filter((name) => !differing.includes(name)).map((name) => [name, runs[0].setting[name]]);
  return { differing, common: Object.fromEntries(common) as Setting };
}

/**
 * Says what runs are based on: data and network if a sweep gives them, n, what is the same for all, what else differs
 * between them, and seeds.
 * @param shown options that the plot itself tells apart
 * @param tested whether the figures are of the test images @default true
 */
export function runsCaption(of: Runs, shown: readonly (keyof Setting)[] = [], { tested = true } = {}): string {
  const runs = runsOf(of);
  const { seed: _, train: __, ...common } = optionsOf(runs).common;
  const seeds = valuesOf(runs, 'seed');
  return joinCaption(
    basisOf(of, tested),
    trainedText(runs),
    settingText(common),
    ...othersIn(runs, [...shown, 'train']).map((name) => `${name} ${valuesOf(runs, name).join(', ')}`),
    `${seeds.length > 1 ? 'seeds' : 'seed'} ${seeds.join(', ')}`,
  );
}

/** Says what runs rest on; of the test images only if the figures are theirs. */
function basisOf(of: Runs, tested: boolean): string | undefined {
  if ('basis' in of) return tested ? of.basis : (of.trained ?? of.basis);
  return tested ? `n = ${count(of[0]?.right.length ?? 0)} test images` : undefined;
}

/** Says how many of the training images were trained on, if not all. */
function trainedText(runs: readonly SweepRun[]): string | undefined {
  const sizes = [...new Set(runs.map(({ setting }) => setting.train))];
  if (sizes.every((size) => size === undefined)) return undefined;
  const said = sizes.map((size) => (size === undefined ? 'all' : count(size)));
  return `training images: the first ${said.join(', ')}`;
}

/**
 * Gives the options in which runs differ, except the seed and those that a plot tells apart: its means go over them.
 */
export const othersIn = (runs: readonly SweepRun[], shown: readonly (keyof Setting)[]): (keyof Setting)[] =>
  varyingOptions(runs).filter((name) => name !== 'seed' && !shown.includes(name));

const valuesOf = (runs: readonly SweepRun[], name: keyof Setting): (string | number)[] => [
  ...new Set(runs.map(({ setting }) => valueOf(setting, name))),
];

/** Says which setting is the best, and how it was chosen: by validation images, if all were judged on the same ones. */
export function bestText(runs: readonly SweepRun[]): string {
  const groups = groupBySetting(runs);
  const order = byValidation(groups.map((group) => group.runs));
  if (groups.length < 2) return `mean: ${String(meanAccuracy(runs))}`;
  if (order) {
    const best = groups[order[0]];
    return `chosen on validation images: ${inSentence(best.name)}; on the test images ${String(meanAccuracy(best.runs))}`;
  }
  const means = groups.map((group) => meanAccuracy(group.runs));
  const best = means.reduce((most, mean, i) => (mean.value > means[most].value ? i : most), 0);
  return `best mean on the test images, which flatters it: ${inSentence(groups[best].name)}, ${String(means[best])}`;
}
