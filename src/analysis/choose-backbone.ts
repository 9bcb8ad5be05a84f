import { compareRuns, type CompareOptions, type Difference } from '../experiments/statistics/compare.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { formatRate } from '../text/numbers.ts';
import { type BackboneComparison, type BackboneRow, type Method } from './compare-backbones.ts';

/** Which backbone to take. */
export interface BackboneChoice {
  /** The one that the validation images choose. */
  readonly best: BackboneRow;
  /** The fastest of those that are shown to lose less than the margin against it; itself, if there is none. */
  readonly fastest: BackboneRow;
  /** Says it in two sentences, with n and interval. */
  toString(): string;
}

export interface ChooseBackboneOptions extends Pick<CompareOptions, 'margin'> {
  /** How features are turned into classes. @default 'logistic regression' */
  readonly method?: Method;
}

/**
 * Chooses among compared backbones: the best one by the validation images, and the fastest that may take its place.
 * The test images only say what it comes to.
 * @throws RangeError if there were no validation images, or nothing was judged by that method
 * @example
 * const choice = chooseBackbone(await compareBackbones(sample(images, { train: 40, validation: 20 }), ['vgg19-mini']));
 */
export function chooseBackbone(
  comparison: BackboneComparison,
  { method = 'logistic regression', margin = 0.01 }: ChooseBackboneOptions = {},
): BackboneChoice {
  checkOptions('chooseBackbone', { margin });
  const rows = comparison.rows.filter((row) => row.method === method);
  if (!rows.length || rows.some((row) => !row.validation))
    throw new RangeError(
      `chooseBackbone: expected backbones that were judged on validation images by ${method}; got ${rows.length} of ${comparison.rows.length} rows, ${rows.filter((row) => row.validation).length} with validation images.`,
    );
  const best = rows.reduce((most, row) => (row.validation!.value > most.validation!.value ? row : most));
  const quicker = rows.filter(({ secondsPerImage }) => secondsPerImage < best.secondsPerImage);
  const equal = quicker
    .filter((row) => compareRuns([row], [best], { margin }).noWorse)
    .sort((a, b) => a.secondsPerImage - b.secondsPerImage);
  const fastest = equal[0] ?? best;
  const points = Number((100 * margin).toFixed(2));
  const loss = `to lose less than ${points === 1 ? 'a point' : `${points} points`} against it`;
  const times = formatRate(best.secondsPerImage / fastest.secondsPerImage);
  const second = equal.length
    ? `The fastest that is shown ${loss} is ${fastest.name}: ${String(fastest.accuracy)}, ${times} times as fast.`
    : quicker.length
      ? `No faster one is shown ${loss}.`
      : 'No other one is faster.';
  const text = (): string =>
    `The ${best.validation!.n.toLocaleString('en-US')} validation images choose ${best.name}, which gets ` +
    `${String(best.accuracy)} of the test images right. ${second}`;
  return { best, fastest, toString: text, ...{ [Symbol.for('nodejs.util.inspect.custom')]: text } };
}

/**
 * Compares two methods on the features of each backbone, the first less the second.
 * @throws RangeError if a backbone was not judged by both
 * @example
 * const compared = await compareBackbones(sample(images, { train: 40, validation: 20 }), ['vgg19-mini']);
 * const differences = compareMethods(compared, 'head', 'nearest neighbours');
 */
export function compareMethods(
  { rows }: BackboneComparison,
  first: Method,
  second: Method,
): { readonly name: string; readonly difference: Difference }[] {
  return rows
    .filter(({ method }) => method === first)
    .map((row) => {
      const other = rows.find(({ name, method }) => name === row.name && method === second);
      if (!other) throw new RangeError(`compareMethods: expected ${row.name} to be judged by ${second}; it was not.`);
      const names = [`${row.name}: ${first}`, second] as const;
      return { name: row.name, difference: compareRuns([row], [other], { names }) };
    });
}
