import { normalQuantile, studentQuantile } from './quantiles.ts';

/** What each run of a setting got right: [R][N], 1 or 0 for each test image. */
export type RightOfRuns = readonly ArrayLike<number>[];

export interface Limits {
  /** Limits as shares. */
  readonly low: number;
  readonly high: number;
  /** Whether more of the width comes from the runs than from the test images: if so, more runs narrow it. */
  readonly byRuns: boolean;
}

/**
 * Gives the limits of a difference of two mean accuracies on the same test images, for other test images and other
 * runs.
 *
 * Images: half width z · s/√N of the paired differences, with z²/4 pairs added to each side, since a normal interval of
 * a few disagreements is too short (D. G. Bonett and R. M. Price, "Adjusted Wald confidence interval for a difference
 * of binomial proportions based on paired data", 2012, who add one at 95 %). Runs: half width t · √(S₁²/R₁ + S₂²/R₂) of
 * the runs' accuracies, with B. L. Welch's degrees of freedom (1947); what chance does to a run on each single image is
 * in both and counts once. The two half widths are added in squares (R. G. Newcombe's rule, 1998). A setting that was
 * run once says nothing about runs, so they are left out then.
 *
 * Resampling of runs, which this replaces, takes the variance of R runs as (R − 1)/R of what it is, and their tails as
 * normal: with two runs each it excluded a true 0 in 15 to 21 % of trials. And 4,000 resamples cannot show a tail below
 * 1/4,000, as 200 comparisons need.
 * @returns limits at a tail: 0.025 on each side for 95 %
 */
export function differenceLimits(first: RightOfRuns, second: RightOfRuns): (tail: number) => Limits {
  const [a, b] = [first, second].map(spreadOf);
  const n = a.mean.length;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    const d = a.mean[i] - b.mean[i];
    sum += d;
    squares += d * d;
  }
  const shared = a.shared + b.shared;
  const ofRuns = a.ofRuns + b.ofRuns;
  const freedom = ofRuns ** 2 / (a.ofRuns ** 2 / a.freedom + b.ofRuns ** 2 / b.freedom);
  return (tail) => {
    const z = normalQuantile(tail);
    const added = z ** 2 / 2;
    const centre = sum / (n + added);
    const ofImages = ((squares + added) / (n + added) - centre ** 2) / (n + added);
    const images = z * Math.sqrt(Math.max(0, ofImages - shared));
    // runs that agree by chance do not take away what is known from the single images
    const runs = Math.max(ofRuns ? studentQuantile(tail, freedom) * Math.sqrt(ofRuns) : 0, z * Math.sqrt(shared));
    const half = Math.hypot(images, runs);
    return { low: Math.max(-1, centre - half), high: Math.min(1, centre + half), byRuns: runs > images };
  };
}

interface Spread {
  /** [N], how often each image was right. */
  readonly mean: Float64Array;
  /** Variance of the mean accuracy that the runs show: S² / R; 0 for one run. */
  readonly ofRuns: number;
  /** The part of it that is chance on each single image: it shows between images as well. */
  readonly shared: number;
  readonly freedom: number;
}

function spreadOf(runs: RightOfRuns): Spread {
  const [n, count] = [runs[0].length, runs.length];
  const mean = new Float64Array(n);
  const accuracies = runs.map((right) => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      mean[i] += right[i] / count;
      sum += right[i];
    }
    return sum / n;
  });
  if (count === 1) return { mean, ofRuns: 0, shared: 0, freedom: 1 };
  const whole = accuracies.reduce((x, y) => x + y, 0) / count;
  const between = accuracies.reduce((sum, accuracy) => sum + (accuracy - whole) ** 2, 0) / (count - 1);
  let residuals = 0;
  runs.forEach((right, r) => {
    for (let i = 0; i < n; i++) residuals += (right[i] - mean[i] - accuracies[r] + whole) ** 2;
  });
  const onImages = n > 1 ? residuals / ((count - 1) * (n - 1)) : 0;
  return { mean, ofRuns: between / count, shared: onImages / (n * count), freedom: count - 1 };
}
