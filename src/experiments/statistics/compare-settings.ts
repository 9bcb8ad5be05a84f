import { ownOf } from '../../host/own.ts';
import { compareRuns, type CompareOptions, type Difference, type Judged } from './compare.ts';
import { settingText, plainly, sameValue, type Setting, valueIn } from '../setting.ts';
import { checkTrained } from './setting-groups.ts';
import type { SweepRun } from '../sweep.ts';

/**
 * Compares two settings of a sweep over all their seeds.
 * @param first options that the runs of the first setting have, such as `{ dropout: 0.2 }`
 * @throws RangeError if no run has them, if anything else that was swept over is not the same for both, or if they were
 * trained on different features
 * @example
 * const difference = compareSettings(swept.runs, { dropout: 0.5 }, { dropout: 0 });
 */
export function compareSettings(
  runs: readonly SweepRun[],
  first: Setting,
  second: Setting,
  options: Omit<CompareOptions, 'names'> = {},
): Difference {
  const [a, b] = [first, second].map((setting) => {
    const found = runs.filter((run) => has(run, setting));
    if (!found.length)
      throw new RangeError(
        `compareSettings: expected runs with ${settingText(setting)}; the sweep has ${[...new Set(runs.map((run) => settingText(run.setting)))].slice(0, 5).join('; ')} …`,
      );
    return found;
  });
  checkTrained([...a, ...b]);
  const rest = (found: readonly SweepRun[], own: Setting): string =>
    JSON.stringify(
      [
        ...new Set(found.map(({ setting }) => settingText(without(plainly(setting), [...Object.keys(own), 'seed'])))),
      ].sort(),
    );
  if (rest(a, first) !== rest(b, second))
    throw new RangeError(
      `compareSettings: expected settings that differ only in what is named; got ${rest(a, first)} and ${rest(b, second)}.`,
    );
  return compareRuns(a, b, { ...options, names: [settingText(first), settingText(second)] });
}

const has = (run: SweepRun, setting: Setting): boolean =>
  (Object.keys(setting) as (keyof Setting)[]).every((name) => sameValue(valueIn(run.setting, name), setting[name]));

const without = (setting: Setting, names: readonly string[]): Setting =>
  Object.fromEntries(Object.entries(setting).filter(([name]) => !names.includes(name)));

/** What runs got right, by group name: each group is one setting with several seeds, or one run. */
export type JudgedGroups = Readonly<Record<string, readonly Judged[]>>;

/**
 * Compares every group with one of them. The intervals are widened to hold for all comparisons together (Bonferroni);
 * the limit that shows that nothing is lost is not.
 * @param base the name of the group to compare with
 * @example
 * const rows = compareAll({ plain: swept.runs.slice(0, 2), dropout: swept.runs.slice(2) }, 'plain');
 */
export function compareAll(
  groups: JudgedGroups,
  base: string,
  options: Pick<CompareOptions, 'margin'> = {},
): { readonly name: string; readonly difference: Difference }[] {
  const baseline = ownOf(groups, base);
  const others = Object.entries(groups).filter(([name]) => name !== base);
  if (!baseline || !others.length)
    throw new RangeError(
      `compareAll: expected runs of "${base}" and of others; there are ${Object.keys(groups).slice(0, 5).join('; ')}.`,
    );
  return others.map(([name, runs]) => ({
    name,
    difference: compareRuns(runs, baseline, { ...options, names: [name, base], comparisons: others.length }),
  }));
}
