import { OLD_NAMES } from '../options/old-names.mjs';
import { OPTIONS } from '../options/options.mjs';
import { isWithin, manyText, type Range, rangeOf, type Row, rangeText } from '../options/row.mjs';
import { ownOf } from './own.ts';

const FROM_1 = { whole: true, from: 1 } as const;
const FROM_0 = { whole: true, from: 0 } as const;
const SHARE = { from: 0, to: 1 } as const;

/**
 * Every numeric option of all functions that notebooks call: one row for each name, and one under the function's name
 * if the same word means something else there. Limits that depend on the data, N say, are checked where the data are
 * known.
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
  turns: FROM_1,
  batches: FROM_1,
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

  // a classifier in a page
  pictures: FROM_0,
  notSure: SHARE,

  // a classifier in a service
  maxBytes: FROM_1,
  maxPixels: FROM_1,
  timeout: { from: 1, to: 2 ** 31 - 1, noun: 'number of milliseconds' },

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
  group: FROM_1,
  rows: FROM_1,
  most: FROM_1,
  side: FROM_1,
  total: FROM_0,
};

/**
 * Checks that options that are numbers lie in their ranges; undefined ones have their defaults.
 * @param where the function that the options are passed to
 * @param given the options by name; names without a row are skipped
 * @param limits narrower ranges, if they follow from the data: `{ count: { to: n } }`
 * @throws RangeError naming the option, the expected range and the value given
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
 * Refuses an option under a name that it no longer has, which would otherwise be ignored silently.
 * @param where the function that the options are passed to
 * @throws RangeError naming both names
 */
export function checkNames(where: string, given: object): void {
  for (const name of Object.keys(given)) {
    const now = ownOf(OLD_NAMES, name);
    if (now !== undefined)
      throw new RangeError(`${where}: expected "${now}", as the option is called now; got "${name}".`);
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : String(value));

/**
 * Gives the ranges of the experiments' options from their table; not of `validation`, which may be features elsewhere.
 */
function rangesOfOptions(): Record<string, Range> {
  const rows = Object.entries<Row>(OPTIONS);
  return Object.fromEntries(
    rows.flatMap(([name, row]) => (name !== 'validation' && rangeOf(row) ? [[name, rangeOf(row)!]] : [])),
  );
}
