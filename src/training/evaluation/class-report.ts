import { averagePrecision } from './average-precision.ts';
import type { Evaluation } from './evaluation.ts';
import { type Proportion, proportion } from './interval.ts';
import { type RocAuc, rocAuc } from './roc-auc.ts';

/** How well a class is told from the others. Figures that its images do not determine are undefined. */
export interface ClassFigures {
  readonly className: string;
  /** How many images it has. */
  readonly support: number;
  /** How many images were taken for it. */
  readonly predicted: number;
  /** The share of those that really belong to it, with its 95 % interval (Wilson). */
  readonly precision: Proportion | undefined;
  /** The share of its images that were found, with its 95 % interval (Wilson). */
  readonly recall: Proportion | undefined;
  /** The harmonic mean of precision and recall, 0..1, with its 95 % interval. */
  readonly f1: Share | undefined;
  /** Area under the ROC curve, this class against the rest, by its probability, with its 95 % interval (Newcombe). */
  readonly rocAuc: RocAuc | undefined;
  /** Area under the precision-recall curve, 0..1. No interval is given. */
  readonly averagePrecision: number | undefined;
}

/** A value with its 95 % interval, 0..1. */
export interface Share {
  readonly value: number;
  readonly interval: readonly [low: number, high: number];
}

/** Means over classes, 0..1. No interval is given. */
export interface ClassAverages {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** A model's results for each class. */
export interface ClassReport {
  /** [K], in the order of the class names. */
  readonly classes: readonly ClassFigures[];
  /** Means in which each class counts the same. */
  readonly macro: ClassAverages & {
    /** The mean over the classes that have some images, but not all of them. */
    readonly rocAuc: number | undefined;
    /** The mean over the classes that have images. */
    readonly averagePrecision: number | undefined;
  };
  /** Means in which a class counts by its images. */
  readonly weighted: ClassAverages;
  /** How often the label is among the k most probable classes, with its 95 % interval; for k below K. */
  readonly topK: readonly (Proportion & { readonly k: number })[];
}

/**
 * Reports on each class what a test has shown: precision, recall, F1, area under the ROC curve against the rest,
 * average precision; and their means, as scikit-learn's `classification_report` computes them: classes with neither an
 * image nor a prediction are left out, and an undefined precision or recall counts as 0 in the mean.
 * @example
 * const { classes, macro } = classReport(evaluation);
 * classes.map(({ className, precision, recall }) => ({ className, precision, recall }));
 */
export function classReport(evaluation: Evaluation): ClassReport {
  const { labels, predictions, probabilities, classNames, perClass, logOdds } = evaluation;
  const n = labels.length;
  const K = classNames.length;
  const [predicted, hits] = [new Uint32Array(K), new Uint32Array(K)];
  for (let i = 0; i < n; i++) {
    predicted[predictions[i]]++;
    if (labels[i] === predictions[i]) hits[labels[i]]++;
  }
  const classes = classNames.map((className, k): ClassFigures => {
    const own = Uint8Array.from(labels, (label) => Number(label === k));
    // of two classes the odds, which tell images apart whose probabilities float32 rounds to 1
    const scores = logOdds
      ? logOdds.map((odds) => (k ? odds : -odds))
      : Float32Array.from({ length: n }, (_, i) => probabilities[i * K + k]);
    return {
      className,
      support: perClass[k].n,
      predicted: predicted[k],
      precision: predicted[k] ? proportion(hits[k], predicted[k]) : undefined,
      recall: perClass[k].recall,
      f1: f1Of(hits[k], perClass[k].n + predicted[k]),
      rocAuc: rocAuc(own, scores),
      averagePrecision: averagePrecision(own, scores),
    };
  });
  const there = classes.filter((one) => one.support || one.predicted);
  const average = (weight: (one: ClassFigures) => number): ClassAverages => {
    const of = (key: keyof ClassAverages): number =>
      there.reduce((sum, one) => sum + weight(one) * (one[key]?.value ?? 0), 0);
    return { precision: of('precision'), recall: of('recall'), f1: of('f1') };
  };
  return {
    classes,
    macro: {
      ...average(() => 1 / there.length),
      rocAuc: meanOf(classes.flatMap((one) => one.rocAuc?.value ?? [])),
      averagePrecision: meanOf(classes.flatMap((one) => one.averagePrecision ?? [])),
    },
    weighted: average((one) => one.support / n),
    topK: [2, 3, 5].filter((k) => k < K).map((k) => ({ ...topK(probabilities, labels, K, k), k })),
  };
}

/**
 * Computes F1 as 2 s / (1 + s), where s is the share, among the images that belong to a class or were taken for it, of
 * those for which both hold. Its interval is computed likewise from Wilson's for s (K. F. Y. Lam, V. Gopal and J. Qian,
 * "Confidence intervals for the F1 score: a comparison of four methods", 2023).
 */
function f1Of(hits: number, both: number): Share | undefined {
  if (!both) return undefined;
  const f1 = (share: number): number => (2 * share) / (1 + share);
  const { interval } = proportion(hits, both - hits);
  return { value: (2 * hits) / both, interval: [f1(interval[0]), f1(interval[1])] };
}

/** Counts an image if fewer than k classes are more probable than its label; equal ones are in the classes' order. */
function topK(probabilities: Float32Array, labels: ArrayLike<number>, K: number, k: number): Proportion {
  let count = 0;
  for (let i = 0; i < labels.length; i++) {
    const own = probabilities[i * K + labels[i]];
    let before = 0;
    for (let other = 0; other < K; other++) {
      const p = probabilities[i * K + other];
      if (p > own || (p === own && other < labels[i])) before++;
    }
    if (before < k) count++;
  }
  return proportion(count, labels.length);
}

const meanOf = (values: readonly number[]): number | undefined =>
  values.length ? values.reduce((a, b) => a + b) / values.length : undefined;
