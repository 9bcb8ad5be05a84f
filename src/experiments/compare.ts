import { ownOf } from '../host/own.ts';
import { random } from '../random.ts';
import { type Proportion, proportion } from '../training/interval.ts';
import { describe, type Setting, type SweepRun } from './sweep.ts';

/** A difference of two accuracies on the same test images, in shares (0.01 is a point). */
export interface Difference {
  /** Of the first less the second. */
  readonly value: number;
  /** 95 %. */
  readonly interval: readonly [low: number, high: number];
  readonly n: number;
  readonly runs: readonly [first: number, second: number];
  /** Says it in words; "no difference shown" where the interval holds 0. */
  toString(): string;
}

const RESAMPLES = 4000;

/** What a run got right: an evaluation, a run of a sweep, or the row itself. */
export type Judged = Pick<SweepRun, 'right'> | ArrayLike<number>;

/**
 * Compares two settings, each run once or with several seeds, on the same test images. The interval is a percentile
 * bootstrap (B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993) that draws images in pairs, since
 * both settings saw the same ones, and runs of each setting where there are several: it says what other test images and
 * other seeds could have given.
 * @param firstRuns evaluations, runs of a sweep, or of each run 1 for each test image that was right, else 0
 * @param secondRuns the same images in the same order
 * @param options.names of the two, for the text
 * @param options.comparisons of which this is one, picked for its result: the interval is then that of 95 % for all of
 * them together (Bonferroni) @default 1
 */
export function compareRuns(
  firstRuns: readonly Judged[],
  secondRuns: readonly Judged[],
  {
    names = ['the first', 'the second'],
    comparisons = 1,
    seed = 1,
  }: { readonly names?: readonly [string, string]; readonly comparisons?: number; readonly seed?: number } = {},
): Difference {
  const [first, second] = [firstRuns, secondRuns].map((runs) => runs.map((run) => ('right' in run ? run.right : run)));
  const n = first[0]?.length ?? 0;
  if (!first.length || !second.length || !n || [...first, ...second].some((right) => right.length !== n)) {
    throw new RangeError(
      `compareRuns: expected one run or more of each, on the same test images; got ${first.length} and ${second.length} of ${[...first, ...second].map((r) => r.length).join(', ')} images.`,
    );
  }
  const next = random(seed, 'bootstrap');
  const draw = (count: number): number => Math.floor(next() * count);
  const differences = Array.from({ length: RESAMPLES }, () => {
    const weights = (runs: readonly ArrayLike<number>[]): number[] => {
      const drawn = new Array<number>(runs.length).fill(0);
      for (let r = 0; r < runs.length; r++) drawn[draw(runs.length)] += 1 / runs.length;
      return drawn;
    };
    const [a, b] = [mean(first, weights(first)), mean(second, weights(second))];
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const image = draw(n);
      sum += a[image] - b[image];
    }
    return sum / n;
  }).sort((x, y) => x - y);
  const tail = 0.025 / comparisons;
  const interval = [
    differences[Math.floor(tail * RESAMPLES)],
    differences[Math.ceil((1 - tail) * RESAMPLES) - 1],
  ] as const;
  const [a, b] = [first, second].map(
    (runs) => mean(runs, new Array<number>(runs.length).fill(1 / runs.length)).reduce((x, y) => x + y, 0) / n,
  );
  const value = a - b;
  const points = (share: number): string => (100 * share).toFixed(1);
  const basis = `n = ${n.toLocaleString('en-US')} test images, ${first.length} and ${second.length} runs`;
  const range = `95 % interval${comparisons > 1 ? ` for ${comparisons} comparisons` : ''} ${points(interval[0])} to ${points(interval[1])}`;
  const text =
    interval[0] > 0 || interval[1] < 0
      ? `${names[value > 0 ? 0 : 1]} is better than ${names[value > 0 ? 1 : 0]} by ${points(Math.abs(value))} points (${names[0]} less ${names[1]}: ${range}; ${basis})`
      : `no difference shown between ${names[0]} and ${names[1]}: ${points(value)} points (${range}; ${basis})`;
  return { value, interval, n, runs: [first.length, second.length], toString: () => text };
}

/** Of each image, how often it was right, weighted by run. */
function mean(runs: readonly ArrayLike<number>[], weights: readonly number[]): Float64Array {
  const shares = new Float64Array(runs[0].length);
  runs.forEach((right, r) => {
    if (weights[r]) for (let i = 0; i < shares.length; i++) shares[i] += weights[r] * right[i];
  });
  return shares;
}

/**
 * Compares two settings of a sweep over all their seeds.
 * @param first options that the runs of the first setting have, `{ dropout: 0.2 }` say
 * @throws RangeError where no run has them, or what else was swept over is not the same for both
 */
export function compareSettings(runs: readonly SweepRun[], first: Setting, second: Setting): Difference {
  const [a, b] = [first, second].map((setting) => {
    const found = runs.filter((run) => has(run, setting));
    if (!found.length)
      throw new RangeError(
        `compareSettings: expected runs with ${describe(setting)}; the sweep has ${[...new Set(runs.map((run) => describe(run.setting)))].slice(0, 5).join('; ')} …`,
      );
    return found;
  });
  const rest = (found: readonly SweepRun[], own: Setting): string =>
    JSON.stringify(
      [...new Set(found.map(({ setting }) => describe(without(setting, [...Object.keys(own), 'seed']))))].sort(),
    );
  if (rest(a, first) !== rest(b, second))
    throw new RangeError(
      `compareSettings: expected settings that differ in what is named only; got ${rest(a, first)} and ${rest(b, second)}.`,
    );
  return compareRuns(a, b, { names: [describe(first), describe(second)] });
}

const has = (run: SweepRun, setting: Setting): boolean =>
  Object.entries(setting).every(
    ([name, value]) => JSON.stringify(run.setting[name as keyof Setting]) === JSON.stringify(value),
  );
const without = (setting: Setting, names: readonly string[]): Setting =>
  Object.fromEntries(Object.entries(setting).filter(([name]) => !names.includes(name)));

/** Options that do nothing. */
const USUAL: Readonly<Record<string, string>> = {
  l2: '0',
  mixup: '0',
  hidden: '[]',
  hiddenDropout: '0',
  schedule: '"constant"',
};

/**
 * What a sweep shows in one sentence: whether the setting with the best mean beats a plain one. Choosing the best of
 * many on the test images flatters it, so the interval is widened to hold for all comparisons made (Bonferroni).
 * @param plain options of the setting to beat; of its runs, those that have the fewest other options count
 */
export function answer(runs: readonly SweepRun[], plain: Setting): string {
  const groups = new Map<string, SweepRun[]>();
  for (const run of runs) {
    const usual = Object.entries(run.setting).filter(([name, value]) => JSON.stringify(value) === ownOf(USUAL, name));
    const name = describe(without(run.setting, ['seed', 'epochs', ...usual.map(([option]) => option)]));
    const group = groups.get(name) ?? [];
    // the same run may be part of two sweeps
    if (!group.some(({ setting }) => setting.seed === run.setting.seed)) groups.set(name, [...group, run]);
  }
  return answerAmong(Object.fromEntries(groups), describe(plain));
}

/** What runs got right, by what they are called: each group one setting with several seeds, or one run. */
export type RunGroups = Readonly<Record<string, readonly Pick<SweepRun, 'right'>[]>>;

/**
 * Compares every group with one of them; the intervals are widened to hold for all comparisons together (Bonferroni).
 * @param base the name of the group to compare with
 */
export function compareAll(
  groups: RunGroups,
  base: string,
): { readonly name: string; readonly difference: Difference }[] {
  const baseline = ownOf(groups, base);
  const others = Object.entries(groups).filter(([name]) => name !== base);
  if (!baseline || !others.length)
    throw new RangeError(
      `compareAll: expected runs of "${base}" and of others; there are ${Object.keys(groups).slice(0, 5).join('; ')}.`,
    );
  return others.map(([name, runs]) => ({
    name,
    difference: compareRuns(runs, baseline, { names: [name, base], comparisons: others.length }),
  }));
}

/** As {@link answer}, for groups of any kind. */
export function answerAmong(groups: RunGroups, base: string): string {
  const best = compareAll(groups, base).sort((a, b) => b.difference.value - a.difference.value)[0];
  const meanOf = (name: string): number => meanAccuracy(ownOf(groups, name)!).value;
  const mean = (name: string): string => `${(100 * meanOf(name)).toFixed(1)} %`;
  const count = Object.keys(groups).length;
  const found =
    meanOf(best.name) > meanOf(base)
      ? `best of ${count} settings by its mean: ${best.name}, ${mean(best.name)}, against ${mean(base)} for ${base}`
      : `best of ${count} settings by its mean: ${base}, ${mean(base)}; then ${best.name}, ${mean(best.name)}`;
  return `${found}\n${String(best.difference)}`;
}

/** The mean accuracy of several runs on the same test images, with the interval of one run of that accuracy. */
export function meanAccuracy(runs: readonly Pick<SweepRun, 'right'>[]): Proportion {
  const n = runs[0].right.length;
  const right = runs.reduce((sum, run) => sum + run.right.reduce((a, b) => a + b, 0), 0) / runs.length;
  return proportion(right, n);
}

/**
 * McNemar's exact test for two runs on the same images: how likely a difference as large would be by chance, were both
 * equally good (Q. McNemar, "Note on the sampling error of the difference between correlated proportions", 1947).
 * @returns the two-sided p-value
 */
export function mcnemar(first: ArrayLike<number>, second: ArrayLike<number>): number {
  let [only, other] = [0, 0];
  for (let i = 0; i < first.length; i++) {
    if (first[i] && !second[i]) only++;
    else if (!first[i] && second[i]) other++;
  }
  const total = only + other;
  // binomial tail with probability 1/2, in logarithms
  let [tail, logChoose] = [0, 0];
  for (let k = 0; k <= Math.min(only, other); k++) {
    tail += Math.exp(logChoose - total * Math.LN2);
    logChoose += Math.log(total - k) - Math.log(k + 1);
  }
  return Math.min(1, 2 * tail);
}
