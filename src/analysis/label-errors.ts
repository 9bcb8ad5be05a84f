import { random, shuffle } from '../random.ts';
import type { LabelledFeatures } from '../training/data.ts';
import { logisticProbabilities, logisticRegression } from './logistic-regression.ts';

/** An image whose label is doubtful. */
export interface LabelIssue {
  readonly index: number;
  readonly label: number;
  /** What it looks like. */
  readonly suggestion: number;
  /** Probability of the label it has, 0..1; the smaller, the more doubtful. */
  readonly selfConfidence: number;
}

/**
 * Probabilities for every image from a classifier that did not see it: logistic regressions on the other folds.
 * @param options.folds @default 5
 * @param options.l2 of the regressions @default 0.01
 * @returns [N, K] float32
 */
export function outOfFold(
  { features, labels }: LabelledFeatures,
  { classes, folds = 5, l2 = 0.01, seed = 1 }: { readonly classes: number; readonly folds?: number; readonly l2?: number; readonly seed?: number },
): Float32Array {
  const n = labels.length;
  if (!Number.isInteger(folds) || folds < 2 || folds > n) throw new RangeError(`folds: expected a whole number from 2 to ${n}; got ${folds}.`);
  const order = shuffle(Int32Array.from({ length: n }, (_, i) => i), random(seed, 'folds')); // prettier-ignore
  const probabilities = new Float32Array(n * classes);
  const some = (places: Int32Array): LabelledFeatures => ({
    features: { shape: [places.length, ...features.shape.slice(1)], rows: (indices) => features.rows(Int32Array.from(indices, (i) => places[i])) },
    labels: Int32Array.from(places, (i) => labels[i]),
  });
  for (let fold = 0; fold < folds; fold++) {
    const held = order.filter((_, i) => i % folds === fold);
    const model = logisticRegression(some(order.filter((_, i) => i % folds !== fold)), { classes, l2 });
    const rows = logisticProbabilities(model, some(held).features);
    held.forEach((place, i) => probabilities.set(rows.subarray(i * classes, (i + 1) * classes), place * classes));
  }
  return probabilities;
}

/**
 * Likely label errors by confident learning (C. Northcutt, L. Jiang and I. Chuang, "Confident Learning: Estimating Uncertainty
 * in Dataset Labels", 2021): images that are not taken for their own
 * class and reach another class' mean self-confidence; the most probable such class is the suggestion; most doubtful first. cleanlab's `find_label_issues(filter_by='confident_learning')` finds the same.
 * @param labels [N], 0..K-1
 * @param probabilities [N, K], out of fold
 */
export function likelyLabelErrors(labels: ArrayLike<number>, probabilities: Float32Array, classes: number): LabelIssue[] {
  const n = labels.length;
  if (probabilities.length !== n * classes)
    throw new RangeError(`likelyLabelErrors: expected probabilities of ${n} × ${classes}; got ${probabilities.length}.`);
  const [sums, counts] = [new Float64Array(classes), new Float64Array(classes)];
  for (let i = 0; i < n; i++) {
    sums[labels[i]] += probabilities[i * classes + labels[i]];
    counts[labels[i]]++;
  }
  const thresholds = Array.from(sums, (sum, k) => (counts[k] ? sum / counts[k] : Infinity));
  const issues: LabelIssue[] = [];
  for (let i = 0; i < n; i++) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    let suggestion = -1;
    row.forEach((p, k) => {
      if (p >= thresholds[k] - 1e-6 && (suggestion < 0 || p > row[suggestion])) suggestion = k;
    });
    const taken = row.indexOf(Math.max(...row));
    if (suggestion >= 0 && suggestion !== labels[i] && taken !== labels[i])
      issues.push({ index: i, label: labels[i], suggestion, selfConfidence: row[labels[i]] });
  }
  return issues.sort((a, b) => a.selfConfidence - b.selfConfidence);
}
