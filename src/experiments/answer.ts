import { ownOf } from '../host/own.ts';
import { compareRuns, type CompareOptions } from './statistics/compare.ts';
import { compareAll } from './statistics/compare-settings.ts';
import { meanAccuracy } from './statistics/mean-accuracy.ts';
import { settingText, sameValue, type Setting, valueIn } from './setting.ts';
import { groupBySetting, type SettingGroup, varyingOptions } from './statistics/setting-groups.ts';
import type { SweepRun } from './sweep.ts';
import { byValidation, type Chosen, validationOf, validationText } from './validation.ts';

/**
 * What a sweep shows in one sentence: whether the best setting beats a plain one, each with all its seeds. The best one
 * is chosen on the validation images, so that its test accuracy is read once; how that is said where there are none,
 * {@link answerAmong} tells.
 * @param plain options of the setting to beat, as many as tell it from others; of several that have them, the one whose
 *   other options are as by default
 * @throws RangeError where no setting is meant, or more than one
 */
export function answer(runs: readonly SweepRun[], plain: Setting): string {
  const groups = groupBySetting(runs, Object.keys(plain));
  const base = plainOf(groups, plain);
  return answerAmong(
    Object.fromEntries(groups.map(({ name, runs: own }) => [name, own])),
    base?.name ?? settingText(plain),
  );
}

/** The group that is meant; undefined where none is. */
function plainOf(groups: readonly SettingGroup[], plain: Setting): SettingGroup | undefined {
  const names = Object.keys(plain) as (keyof Setting)[];
  const having = groups.filter(({ setting }) =>
    names.every((name) => sameValue(valueIn(setting, name), valueIn(plain, name))),
  );
  if (having.length < 2) return having[0];
  // of those the one that is as by default in all else that varies
  const others = varyingOptions(groups).filter((name) => !names.includes(name));
  const usual = having.filter(({ setting }) => others.every((name) => setting[name] === undefined));
  if (usual.length === 1) return usual[0];
  throw new RangeError(
    `answer: expected options that name one setting to beat; ${settingText(plain)} is ${having.length}: ` +
      `${having.map(({ name }) => name).join('; ')}. Name what tells them apart.`,
  );
}

/** Runs by what they are called: each group one setting with several seeds, or one run. */
export type RunGroups = Readonly<Record<string, readonly Chosen[]>>;

/**
 * As {@link answer}, for groups of any kind. Where every run was judged on the same validation images, these choose, and
 * one comparison is made on the test images. Else the test images choose; the text then says so, since the accuracy of
 * what they choose flatters it, and the interval is that for all comparisons.
 * @param base the name of the group to beat
 */
export function answerAmong(groups: RunGroups, base: string, options: Pick<CompareOptions, 'margin'> = {}): string {
  const all = compareAll(groups, base, options);
  const names = Object.keys(groups);
  const runsOf = (name: string) => ownOf(groups, name)!;
  const order = byValidation(Object.values(groups));
  const test = (name: string): string => String(meanAccuracy(runsOf(name)));
  if (!order) {
    const best = all.sort((a, b) => b.difference.value - a.difference.value)[0];
    const [first, second] = best.difference.value > 0 ? [best.name, base] : [base, best.name];
    return (
      `best of ${names.length} settings by its mean on the test images, which flatters it: ${first}, ${test(first)}; ` +
      `${second === base ? 'against' : 'then'} ${second}, ${test(second)}\n${String(best.difference)}`
    );
  }
  const ranked = order.map((position) => names[position]);
  const [first] = ranked;
  const other = first === base ? ranked[1] : base;
  const said = (name: string): string => `${name}, ${validationText(validationOf(runsOf(name))!)}`;
  const [a, b] = first === base ? [other, base] : [first, base];
  const difference = compareRuns(runsOf(a), runsOf(b), { ...options, names: [a, b] });
  return (
    `chosen of ${names.length} settings on validation images: ${said(first)}; ${first === base ? 'then' : 'against'} ${said(other)}\n` +
    `on the test images: ${first}, ${test(first)}; ${other}, ${test(other)}\n${String(difference)}`
  );
}
