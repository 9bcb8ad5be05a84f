import { OLD_NAMES } from '../options/old-names.mjs';
import { ownOf } from './own.ts';

/** What numbers an option takes. */
export interface OptionRange {
  /** Whether it is a whole number. */
  readonly whole?: boolean;
  /** Whether it is a list of such numbers. */
  readonly list?: boolean;
  /** The least … */
  readonly from?: number;
  /** … or what it lies above. */
  readonly above?: number;
  /** The most … */
  readonly to?: number;
  /** … or what it lies below. */
  readonly below?: number;
  /** What it is called. @default `number` or `whole number` */
  readonly noun?: string;
}

const FROM_1 = { whole: true, from: 1 } as const;
const FROM_0 = { whole: true, from: 0 } as const;
const SHARE = { from: 0, to: 1 } as const;
const RATE = { from: 0, below: 1, noun: 'rate' } as const;

/**
 * Every option that is a number, of all functions that notebooks call: one row for each name, and one under the
 * function's name where the same word means something else there. What depends on the data, N say, is checked where it
 * is known.
 */
export const OPTION_RANGES: Readonly<Record<string, OptionRange>> = {
  seed: { whole: true },

  // pictures
  train: FROM_1,
  test: FROM_1,
  'sample.validation': FROM_0,
  'trainClassifier.validation': FROM_0,
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
  inputSize: FROM_1,
  tries: FROM_1,
  batchSize: FROM_1,
  calibrationPercentile: { from: 99, to: 100 },
  views: FROM_1,

  // heads and their training
  shape: { ...FROM_1, list: true },
  classes: { whole: true, from: 2 },
  'mostProbable.classes': FROM_1,
  dropout: RATE,
  hiddenDropout: RATE,
  hidden: { ...FROM_1, list: true },
  l2: { from: 0 },
  epochs: FROM_1,
  headEpochs: FROM_1,
  learningRate: { above: 0 },
  draws: FROM_1,
  mixup: SHARE,
  patience: FROM_1,
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
  limits: Readonly<Record<string, OptionRange>> = {},
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

const isWithin = (value: unknown, { whole, from, above, to, below }: OptionRange): boolean =>
  typeof value === 'number' &&
  (whole ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
  !(from !== undefined && value < from) &&
  !(above !== undefined && value <= above) &&
  !(to !== undefined && value > to) &&
  !(below !== undefined && value >= below);

/** A whole number from 1; a number above 0 to 1. */
const rangeText = (range: OptionRange): string => `a ${nounOf(range)}${endsText(range)}`;

const manyText = (range: OptionRange): string => `${nounOf(range)}s${endsText(range)}`;

const nounOf = ({ noun, whole }: OptionRange): string => noun ?? (whole ? 'whole number' : 'number');

function endsText({ from, above, to, below }: OptionRange): string {
  const low = from !== undefined ? ` from ${from}` : above !== undefined ? ` above ${above}` : '';
  const high = to !== undefined ? ` to ${to}` : below !== undefined ? ` to below ${below}` : '';
  return low + (above !== undefined && below !== undefined ? ` and below ${below}` : high);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : String(value));
