import { uniqueRuns } from '../run-facts.ts';
import { settingText, plainly, sameValue, type Setting, valueIn } from '../setting.ts';
import type { SweepRun } from '../sweep.ts';

/** Runs of one setting, with their seeds. */
export interface SettingGroup {
  /** Every option that varies between the runs, but for the seed and what does nothing; `dropout 0.5, l2 0.01`. */
  readonly name: string;
  /** Without the seed and what is as by default. */
  readonly setting: Setting;
  readonly runs: readonly SweepRun[];
}

/** Values at which an option does nothing, so that a name needs no word of it. */
const NOTHING: Setting = { l2: 0, mixup: 0, hidden: [], hiddenDropout: 0, schedule: 'constant' };

/**
 * Puts runs together that differ in their seed only, in order; the same run given twice counts once.
 * @param named options that names have in any case
 * @throws RangeError where they were not trained on the same features
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

/** The options in which runs differ, whether a default is written out or not. */
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

/** @throws RangeError where runs were trained on different features, so that not their settings alone differ */
export function checkTrained(runs: readonly SweepRun[]): void {
  const trained = [...new Set(runs.flatMap(({ of }) => (of ? [of.train] : [])))];
  if (trained.length > 1)
    throw new RangeError(
      `expected runs that were trained on the same features; got ${trained.length}: ${trained.map((id) => id.slice(0, 12)).join(', ')}. ` +
        'Compare sweeps on different features by name: answerAmong({ name: runs, … }, base).',
    );
}
