import { uniqueRuns } from '../run-facts.ts';
import { settingText, plainly, sameValue, type Setting, valueIn } from '../setting.ts';
import type { SweepRun } from '../sweep.ts';

/** Runs of one setting, with their seeds. */
export interface SettingGroup {
  /** Every option that varies between the runs, except the seed and what has no effect; `dropout 0.5, l2 0.01`. */
  readonly name: string;
  /** The setting without the seed and without defaults. */
  readonly setting: Setting;
  readonly runs: readonly SweepRun[];
}

/** Values at which an option has no effect, so that a name need not mention it. */
const NOTHING: Setting = {
  ...{ l2: 0, mixup: 0, hidden: [], hiddenDropout: 0, schedule: 'constant' },
  ...{ labelSmoothing: 0, weightDecay: 0, momentum: 0, nesterov: false, useEma: false },
};

/**
 * Groups runs that differ only in their seed, in order; the same run given twice counts once.
 * @param named options that are always part of the name
 * @throws RangeError if they were not trained on the same features
 */
export function groupBySetting(runs: readonly SweepRun[], named: readonly string[] = []): SettingGroup[] {
  const unique = uniqueRuns(runs);
  checkTrained(unique);
  const varying = varyingOptions(unique).filter((name) => name !== 'seed');
  const shown = [...new Set([...named, ...varying])] as (keyof Setting)[];
  const groups = new Map<string, SettingGroup>();
  for (const run of unique) {
    const { seed: _, ...setting } = plainly(run.setting);
    const key = JSON.stringify(setting);
    const own = groups.get(key)?.runs ?? [];
    groups.set(key, { name: nameOf(run.setting, shown), setting, runs: [...own, run] });
  }
  return [...groups.values()];
}

/** Lists the options in which runs differ, whether a default is written out or not. */
export function varyingOptions(runs: readonly Pick<SweepRun, 'setting'>[]): (keyof Setting)[] {
  const plain = runs.map(({ setting }) => plainly(setting));
  const names = [...new Set(runs.flatMap(({ setting }) => Object.keys(setting)))] as (keyof Setting)[];
  return names.filter((name) => plain.some((setting) => !sameValue(setting[name], plain[0][name])));
}

function nameOf(setting: Setting, shown: readonly (keyof Setting)[]): string {
  const values = shown.map((name) => [name, valueIn(setting, name) ?? 'default'] as const);
  const said = values.filter(([name, value]) => NOTHING[name] === undefined || !sameValue(value, NOTHING[name]));
  return settingText(Object.fromEntries(said)) || 'as by default';
}

/** @throws RangeError if runs were trained on different features, so that more than their settings differs */
export function checkTrained(runs: readonly SweepRun[]): void {
  const trained = [...new Set(runs.flatMap(({ of }) => (of ? [of.train] : [])))];
  if (trained.length > 1)
    throw new RangeError(
      `expected runs that were trained on the same features; got ${trained.length}: ${trained.map((id) => id.slice(0, 12)).join(', ')}. ` +
        'Compare sweeps on different features by name: answerAmong({ name: runs, … }, base).',
    );
}
