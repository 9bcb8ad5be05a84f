import { ownOf } from '../host/own.ts';
import { compareRuns, type CompareOptions } from './statistics/compare.ts';
import { compareAll } from './statistics/compare-settings.ts';
import { meanAccuracy } from './statistics/mean-accuracy.ts';
import { settingText, sameValue, type Setting, valueIn } from './setting.ts';
import { groupBySetting, type SettingGroup, varyingOptions } from './statistics/setting-groups.ts';
import type { SweepRun } from './sweep.ts';
import { inSentence } from '../text/in-sentence.ts';
import { byValidation, type Chosen, validationOf, validationText } from './validation.ts';

/**
 * Says in one sentence what a sweep shows: whether the best setting beats a plain one, each with all its seeds. The
 * best one is chosen on the validation images, so that its test accuracy is read once; {@link answerAmong} tells how
 * this is said if there are none.
 * @param plain options of the setting to beat, enough to tell it from others; if several settings have them, the one
 * whose other options are the defaults is meant
 * @throws RangeError if no setting is meant, or more than one
 * @example
 * const text = answer(swept.runs, { dropout: 0 });
 */
export function answer(runs: readonly SweepRun[], plain: Setting): string {
  const groups = groupBySetting(runs, Object.keys(plain));
  const base = plainOf(groups, plain);
  return answerAmong(
    Object.fromEntries(groups.map(({ name, runs: own }) => [name, own])),
    base?.name ?? settingText(plain),
  );
}

/** Finds the group that is meant; undefined if there is none. */
function plainOf(groups: readonly SettingGroup[], plain: Setting): SettingGroup | undefined {
  const names = Object.keys(plain) as (keyof Setting)[];
  const having = groups.filter(({ setting }) =>
    names.every((name) => sameValue(valueIn(setting, name), valueIn(plain, name))),
  );
  if (having.length < 2) return having[0];
  // among these, the one that has the default in everything else that varies
  const others = varyingOptions(groups).filter((name) => !names.includes(name));
  const usual = having.filter(({ setting }) => others.every((name) => setting[name] === undefined));
  if (usual.length === 1) return usual[0];
  throw new RangeError(
    `answer: expected options that name one setting to beat; ${settingText(plain)} is ${having.length}: ` +
      `${having.map(({ name }) => name).join('; ')}. Name what tells them apart.`,
  );
}

/** Groups of runs by name: each group is one setting with several seeds, or one run. */
export type RunGroups = Readonly<Record<string, readonly Chosen[]>>;

/**
 * Does the same as {@link answer}, for groups of any kind. If every run was judged on the same validation images, these
 * choose, and one comparison is made on the test images. Otherwise the test images choose; the text then says so, since
 * the accuracy of what they choose flatters it, and the interval is that for all comparisons.
 * @param base the name of the group to beat
 * @example
 * const groups = { plain: swept.runs.slice(0, 2), dropout: swept.runs.slice(2) };
 * const text = answerAmong(groups, 'plain');
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
      `best of ${names.length} settings by its mean on the test images, which flatters it: ${inSentence(first)}, ${test(first)}; ` +
      `${second === base ? 'against' : 'then'} ${inSentence(second)}, ${test(second)}\n${String(best.difference)}`
    );
  }
  const ranked = order.map((position) => names[position]);
  const [first] = ranked;
  const other = first === base ? ranked[1] : base;
  const said = (name: string): string => `${inSentence(name)}, ${validationText(validationOf(runsOf(name))!)}`;
  const [a, b] = first === base ? [other, base] : [first, base];
  const difference = compareRuns(runsOf(a), runsOf(b), { ...options, names: [a, b] });
  return (
    `chosen of ${names.length} settings on validation images: ${said(first)}; ${first === base ? 'then' : 'against'} ${said(other)}\n` +
    `on the test images: ${inSentence(first)}, ${test(first)}; ${inSentence(other)}, ${test(other)}\n${String(difference)}`
  );
}
