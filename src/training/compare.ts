import { random } from '../data/random.ts';

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

/**
 * Compares two settings, each run once or with several seeds, on the same test images. The interval is a percentile
 * bootstrap (B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993) that draws images in pairs, since both
 * settings saw the same ones, and runs of each setting where there are several: it says what other test images and other
 * seeds could have given.
 * @param first of each run, 1 for each test image that was right, else 0
 * @param second the same images in the same order
 * @param options.names of the two, for the text
 */
export function compareRuns(
  first: readonly ArrayLike<number>[],
  second: readonly ArrayLike<number>[],
  { names = ['the first', 'the second'], seed = 1 }: { readonly names?: readonly [string, string]; readonly seed?: number } = {},
): Difference {
  const n = first[0]?.length ?? 0;
  if (!first.length || !second.length || !n || [...first, ...second].some((right) => right.length !== n)) {
    throw new RangeError(`compareRuns: expected one run or more of each, on the same test images; got ${first.length} and ${second.length} of ${[...first, ...second].map((r) => r.length).join(', ')} images.`); // prettier-ignore
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
  const interval = [differences[Math.round(0.025 * RESAMPLES)], differences[Math.round(0.975 * RESAMPLES) - 1]] as const;
  const [a, b] = [first, second].map((runs) => mean(runs, new Array<number>(runs.length).fill(1 / runs.length)).reduce((x, y) => x + y, 0) / n);
  const value = a - b;
  const points = (share: number): string => (100 * share).toFixed(1);
  const basis = `n = ${n.toLocaleString('en-US')} test images, ${first.length} and ${second.length} runs`;
  const range = `95 % interval ${points(interval[0])} to ${points(interval[1])}`;
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
