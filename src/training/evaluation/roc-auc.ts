import { Z } from './interval.ts';

/** How well the scores of two classes are told apart, with its 95 % interval. */
export interface RocAuc {
  /** The area, 0..1; 0.5 is chance. */
  readonly value: number;
  readonly interval: readonly [low: number, high: number];
}

/**
 * Computes the area under the ROC curve: how often an image of the second class has a higher score than one of the
 * first; equal scores count half. It depends only on the order of the scores, not on a threshold.
 *
 * The interval is R. G. Newcombe's method 5 ("Confidence intervals for an effect size measure based on the Mann–Whitney
 * statistic, part 2", 2006): J. A. Hanley and B. J. McNeil's variance, taken at the limits themselves, so that it is
 * not empty if all are told apart.
 * @param labels [N], 0 or 1
 * @param scores [N], higher for class 1
 * @returns undefined if one of the classes has no image
 */
export function rocAuc(labels: ArrayLike<number>, scores: ArrayLike<number>): RocAuc | undefined {
  const n = labels.length;
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let [positives, rankSum] = [0, 0];
  for (let from = 0, to = 0; from < n; from = to) {
    while (to < n && scores[order[to]] === scores[order[from]]) to++;
    const rank = (from + 1 + to) / 2; // equal scores share their mean rank
    for (let i = from; i < to; i++) {
      if (labels[order[i]] !== 1) continue;
      positives++;
      rankSum += rank;
    }
  }
  const negatives = n - positives;
  if (!positives || !negatives) return undefined;
  const value = (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
  const high = 1 - lowerLimit(1 - value, positives, negatives);
  return { value, interval: [lowerLimit(value, positives, negatives), high] };
}

/** Finds the smallest area that has the given one within 1.96 of its standard errors. */
function lowerLimit(value: number, positives: number, negatives: number): number {
  const deviation = (area: number): number => {
    const shared = (positives + negatives) / 2 - 1;
    const pairs = 1 + shared * ((1 - area) / (2 - area) + area / (1 + area));
    return Math.sqrt((area * (1 - area) * pairs) / (positives * negatives));
  };
  let [low, high] = [0, value];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (value - middle > Z * deviation(middle)) low = middle;
    else high = middle;
  }
  return low;
}
