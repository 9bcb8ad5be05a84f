import { type Features, pickFeatures } from '../features/features.ts';
import { finiteOnly } from '../features/finite.ts';
import { firstNotFinite } from '../features/finite.ts';
import { cellSignal } from '../host/host.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { mostProbable } from '../training/evaluation/evaluation.ts';
import { classByClass, countsForFolds } from '../experiments/cross-validation/folds.ts';
import { logisticProbabilities, logisticRegression } from '../training/regression/logistic-regression.ts';

/** A probability that counts as none, as in cleanlab. */
const LEAST = 2e-6;

/** An image whose label is doubtful. */
export interface LabelIssue {
  readonly index: number;
  readonly label: number;
  /** The class that it looks like. */
  readonly suggestion: number;
  /** Probability of the label it has, 0..1; the smaller, the more doubtful. */
  readonly selfConfidence: number;
}

export interface OutOfFoldOptions {
  /** 2..N. @default 5 */
  readonly folds?: number;
  /** Weight decay of the regressions. @default 0.01 */
  readonly l2?: number;
  /** Deals out the folds. @default 1 */
  readonly seed?: number;
  /** Ends it after the current step. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/**
 * Gives probabilities for every image from a classifier that did not see it: logistic regressions on the other folds.
 * Each fold has its share of every class, dealt out as by scikit-learn's StratifiedKFold.
 * @returns [N, K] float32
 * @throws RangeError naming the option that is out of its range, or a class of one image; the signal's reason when
 * aborted
 * @example
 * const probabilities = await outOfFold(train, { folds: 3 });
 */
export async function outOfFold(
  features: Features,
  { folds = 5, l2 = 0.01, seed = 1, signal = cellSignal() }: OutOfFoldOptions = {},
): Promise<Float32Array> {
  const n = features.labels.length;
  const classes = features.classNames.length;
  checkOptions('outOfFold', { folds, l2, seed }, { folds: { to: n } });
  countsForFolds('outOfFold', features);
  const order = classByClass(features.labels, seed);
  const probabilities = new Float32Array(n * classes);
  const known = finiteOnly(features);
  for (let fold = 0; fold < folds; fold++) {
    const held = order.filter((_, i) => i % folds === fold);
    const others = order.filter((_, i) => i % folds !== fold);
    const model = await logisticRegression(pickFeatures(known, others), { l2, signal });
    const rows = await logisticProbabilities(model, pickFeatures(known, held));
    held.forEach((position, i) => probabilities.set(rows.subarray(i * classes, (i + 1) * classes), position * classes));
  }
  return probabilities;
}

/**
 * Finds likely label errors by confident learning (C. Northcutt, L. Jiang and I. Chuang, "Confident Learning:
 * Estimating Uncertainty in Dataset Labels", 2021): images that are not taken for their own class and that reach
 * another class' mean self-confidence. That class is the suggestion; if they reach several, it is the most probable
 * class of all. The most doubtful come first. cleanlab's `find_label_issues(filter_by='confident_learning')` finds the
 * same.
 * @param of labels [N], 0..K-1, and K class names: a data set, or features
 * @param probabilities [N, K], out of fold
 * @example
 * const issues = likelyLabelErrors(train, await outOfFold(train));
 */
export function likelyLabelErrors(
  { labels, classNames }: Pick<Features, 'labels' | 'classNames'>,
  probabilities: Float32Array,
): LabelIssue[] {
  const [n, classes] = [labels.length, classNames.length];
  if (probabilities.length !== n * classes)
    throw new RangeError(
      `likelyLabelErrors: expected probabilities of ${n} × ${classes}; got ${probabilities.length} numbers.`,
    );
  const bad = firstNotFinite(probabilities);
  if (bad >= 0)
    throw new RangeError(
      `likelyLabelErrors: expected finite probabilities; image ${Math.floor(bad / classes)} has ${probabilities[bad]}.`,
    );
  const [sums, counts] = [new Float64Array(classes), new Float64Array(classes)];
  for (let i = 0; i < n; i++) {
    sums[labels[i]] += probabilities[i * classes + labels[i]];
    counts[labels[i]]++;
  }
  const thresholds = Array.from(sums, (sum, k) => (counts[k] ? Math.max(LEAST, sum / counts[k]) : Infinity));
  const taken = mostProbable(probabilities, classes);
  const issues: LabelIssue[] = [];
  for (let i = 0; i < n; i++) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const reached = thresholds.flatMap((threshold, k) => (row[k] >= threshold - LEAST / 2 ? [k] : []));
    // as cleanlab's confident_joint: if several are reached, the most probable class, whether it is one of them or not
    const suggestion = reached.length > 1 ? taken[i] : reached[0];
    const own = row[labels[i]] + LEAST / 2 >= row[taken[i]]; // no other class is more probable
    if (suggestion !== undefined && suggestion !== labels[i] && !own)
      issues.push({ index: i, label: labels[i], suggestion, selfConfidence: row[labels[i]] });
  }
  return issues.sort((a, b) => a.selfConfidence - b.selfConfidence);
}
