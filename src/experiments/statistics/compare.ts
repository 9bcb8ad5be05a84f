import { checkOptions } from '../../host/option-ranges.ts';
import type { Evaluation } from '../../training/evaluation/evaluation.ts';
import { differenceLimits, type RightOfRuns } from './difference-limits.ts';
import { uniqueRuns } from '../run-facts.ts';
import type { SweepRun } from '../sweep.ts';
import { checkSameTest } from '../test-set.ts';
import { inSentence } from '../../text/in-sentence.ts';

/** A difference of two accuracies on the same test images, in shares (0.01 is a point). */
export interface Difference {
  /** The first minus the second. */
  readonly value: number;
  /** 95 % interval, for all comparisons together. */
  readonly interval: readonly [low: number, high: number];
  /** By how much the first is better at least, with 95 % on this side alone and for this comparison alone. */
  readonly atLeast: number;
  /** A loss up to this does not matter. */
  readonly margin: number;
  /** Whether the first is shown to be no worse than the second: `atLeast` lies above a loss of `margin`. */
  readonly noWorse: boolean;
  /** How many comparisons the interval is for. */
  readonly comparisons: number;
  readonly n: number;
  readonly runs: readonly [first: number, second: number];
  /** Says it in words; "no difference shown" if the interval holds 0. */
  toString(): string;
}

/** What a run got right: an evaluation, a run of a sweep, or the row itself, 1 for each test image that was right, else 0. */
export type Judged =
  | (Pick<SweepRun, 'right'> & Partial<Pick<SweepRun, 'setting' | 'of'>>)
  | Pick<Evaluation, 'right' | 'of' | 'labels' | 'classNames'>
  | ArrayLike<number>;

export interface CompareOptions {
  /** Names of the two, for the text. @default 'the first' and 'the second' */
  readonly names?: readonly [string, string];
  /**
   * How many comparisons there are, if this is one that was picked for its result: the interval is then that of 95 %
   * for all of them together (Bonferroni); `atLeast` is not. @default 1
   */
  readonly comparisons?: number;
  /** A loss that does not matter, as a share from 0 to 1, for `noWorse`. @default 0.01, a point */
  readonly margin?: number;
}

/** Tail on one side: of a 95 % interval, and if one side is asked for alone. */
const [BOTH, ONE] = [0.025, 0.05];

/**
 * Compares two settings, each run once or with several seeds, on the same test images: {@link differenceLimits} says
 * how the interval is made. It is for other test images and, if a setting was run more than once, other seeds; the same
 * run given twice counts once.
 *
 * An interval that holds 0 does not say that nothing is lost. `noWorse` does, by a limit on one side, which other
 * comparisons do not widen, against a margin (non-inferiority, as in trials of medicines).
 * @param firstRuns evaluations, runs of a sweep, or rows
 * @param secondRuns runs on the same images in the same order
 * @throws RangeError if the images are known to be different, naming both
 * @example
 * const difference = compareRuns(swept.runs.slice(0, 2), swept.runs.slice(2), { names: ['plain', 'dropout'] });
 */
export function compareRuns(
  firstRuns: readonly Judged[],
  secondRuns: readonly Judged[],
  { names: given = ['the first', 'the second'], comparisons = 1, margin = 0.01 }: CompareOptions = {},
): Difference {
  const names = [inSentence(given[0]), inSentence(given[1])] as const;
  checkOptions('compareRuns', { comparisons, margin });
  const [first, second] = [firstRuns, secondRuns].map((runs) => uniqueRuns(runs).map(rightOf));
  const n = first[0]?.length ?? 0;
  if (!first.length || !second.length || !n || [...first, ...second].some((right) => right.length !== n)) {
    throw new RangeError(
      `compareRuns: expected one run or more of each, on the same test images; got ${first.length} and ${second.length} of ${[...first, ...second].map((r) => r.length).join(', ')} images.`,
    );
  }
  checkSameTest([...firstRuns, ...secondRuns]);
  const value = accuracyOf(first) - accuracyOf(second);
  const limits = differenceLimits(first, second);
  const { low, high, byRuns } = limits(BOTH / comparisons);
  const atLeast = limits(ONE).low;
  const noWorse = atLeast > -margin;
  const basis = [
    `n = ${n.toLocaleString('en-US')} test images${countsText(first.length, second.length)}`,
    seedsText(first.length, second.length, names),
    byRuns && 'more seeds would narrow it',
  ];
  const range = `95 % interval${comparisons > 1 ? ` for ${comparisons} comparisons` : ''} ${points(low)} to ${points(high)}`;
  const said = `${range}; ${basis.filter(Boolean).join('; ')}`;
  const size = Number((100 * margin).toFixed(2));
  const loss = `a loss of more than ${size} ${size === 1 ? 'point' : 'points'} is ${noWorse ? '' : 'not '}ruled out`;
  const text =
    low > 0 || high < 0
      ? `${names[value > 0 ? 0 : 1]} is better than ${names[value > 0 ? 1 : 0]} by ${points(Math.abs(value))} points (${names[0]} less ${names[1]}: ${said})`
      : `no difference shown between ${names[0]} and ${names[1]}: ${points(value)} points (${said}); ${loss}`;
  const runs = [first.length, second.length] as const;
  return { value, interval: [low, high], atLeast, margin, noWorse, comparisons, n, runs, toString: () => text };
}

const rightOf = (run: Judged): ArrayLike<number> => ('right' in run ? run.right : run);

/** Writes a share in points; never −0.0. */
const points = (share: number): string => (Number((100 * share).toFixed(1)) || 0).toFixed(1);

/** Says how many runs there are, if not one of each, of which {@link seedsText} tells. */
function countsText(first: number, second: number): string {
  if (first === second) return first === 1 ? '' : `, ${first} runs each`;
  return `, ${first} and ${second} runs`;
}

/** Says whose seeds the interval does not cover. */
function seedsText(first: number, second: number, names: readonly [string, string]): string | undefined {
  if (first > 1 && second > 1) return undefined;
  return first === 1 && second === 1
    ? 'one run each: other seeds are not in it'
    : `one run of ${names[first === 1 ? 0 : 1]}: its other seeds are not in it`;
}

function accuracyOf(runs: RightOfRuns): number {
  let sum = 0;
  for (const right of runs) for (let i = 0; i < right.length; i++) sum += right[i];
  return sum / runs.length / runs[0].length;
}
