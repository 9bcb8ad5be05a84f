import { OLD_NAMES } from '../options/old-names.mjs';
import { OPTIONS } from '../options/options.mjs';
import { isWithin, manyText, type Range, rangeOf, type Row, rangeText } from '../options/row.mjs';
import { ownOf } from './own.ts';

const FROM_1 = { whole: true, from: 1 } as const;
const FROM_0 = { whole: true, from: 0 } as const;
const SHARE = { from: 0, to: 1 } as const;

/**
 * Every option that is a number, of all functions that notebooks call: one row for each name, and one under the
 * function's name where the same word means something else there. What depends on the data, N say, is checked where it
 * is known.
 */
export const OPTION_RANGES: Readonly<Record<string, Range>> = {
  // of experiments
  ...rangesOfOptions(),
  'sample.validation': rangeOf(OPTIONS.validation)!,
  'trainClassifier.validation': rangeOf(OPTIONS.validation)!,
  seed: { whole: true },

  // pictures
  size: { whole: true, from: 1, to: 4096, noun: 'whole number of pixels' },
  'subset.size': FROM_1,
  'subset.from': FROM_0,
  testShare: { above: 0, to: 1 },
  'divide.testShare': { above: 0, below: 1 },
  cropFraction: { above: 0, to: 1 },
  view: FROM_0,
  rotationRange: { from: 0, to: 180 },
  widthShiftRange: { from: 0, to: 1000 },
  heightShiftRange: { from: 0, to: 1000 },
  shearRange: { from: 0, to: 89 },
  channelShiftRange: { from: 0, to: 255 },
  cval: { from: 0, to: 255 },
  randomErasing: SHARE,

  // backbones and their features
  tries: FROM_1,
  views: FROM_1,

  // heads and their training
  shape: { ...FROM_1, list: true },
  classes: { whole: true, from: 2 },
  'mostProbable.classes': FROM_1,
  headEpochs: FROM_1,
  temperature: { above: 0 },
  'findLearningRate.from': { above: 0 },
  'findLearningRate.to': { above: 0 },
  steps: { whole: true, from: 10 },

  // experiments
  comparisons: FROM_1,
  margin: SHARE,

  // analysis
  count: FROM_1,
  neighbours: FROM_1,
  'embedding.neighbours': { whole: true, from: 2 },
  minDistance: SHARE,
  above: { from: -1, to: 1, noun: 'cosine' },
  folds: { whole: true, from: 2 },
  thresholds: { from: 0, to: 1, list: true },
  repeats: FROM_1,
  tolerance: { from: 0 },
  iterations: FROM_1,
  decays: { from: 0, list: true },

  // plots
  columns: FROM_1,
  rows: FROM_1,
  most: FROM_1,
  side: FROM_1,
  total: FROM_0,
};

/**
 * Holds options that are numbers to their ranges; what is undefined has its default.
 * @param where the function that they are handed to
 * @param given by name; names without a row are passed over
 * @param limits narrower ones, where they follow from the data: `{ count: { to: n } }`
 * @throws RangeError naming the option, what was expected and what came
 */
export function checkOptions(
  where: string,
  given: Readonly<Record<string, unknown>>,
  limits: Readonly<Record<string, Range>> = {},
): void {
  for (const [name, value] of Object.entries(given)) {
    const known = ownOf(OPTION_RANGES, `${where}.${name}`) ?? ownOf(OPTION_RANGES, name);
    if (!known || value === undefined) continue;
    const range = { ...known, ...ownOf(limits, name) };
    if (range.list && !Array.isArray(value))
      throw new RangeError(`${name}: expected a list, of ${manyText(range)}; got ${String(value)}.`);
    const values: readonly unknown[] = range.list ? (value as unknown[]) : [value];
    const bad = values.find((one) => !isWithin(one, range));
    if (bad !== undefined || values.includes(undefined))
      throw new RangeError(`${name}: expected ${range.list ? manyText(range) : rangeText(range)}; got ${textOf(bad)}.`);
  }
}

/**
 * Refuses an option under a name that it no longer has, which would count for nothing without a word.
 * @param where the function that they are handed to
 * @throws RangeError naming both
 */
export function checkNames(where: string, given: object): void {
  for (const name of Object.keys(given)) {
    const now = ownOf(OLD_NAMES, name);
    if (now !== undefined)
      throw new RangeError(`${where}: expected "${now}", as the option is called now; got "${name}".`);
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : String(value));

/** Numbers that options of experiments take, by the table of options; what judges is features too, elsewhere. */
function rangesOfOptions(): Record<string, Range> {
  const rows = Object.entries<Row>(OPTIONS);
  return Object.fromEntries(
    rows.flatMap(([name, row]) => (name !== 'validation' && rangeOf(row) ? [[name, rangeOf(row)!]] : [])),
  );
}
