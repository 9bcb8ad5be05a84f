import { type SeenCounts, seenText } from '../data/seen.ts';
import type { DataFacts } from './history.ts';
import { type Proportion, proportion, proportionText } from './interval.ts';
import { balancedAccuracy, type ClassRecall, recallByClass, unevenClasses } from './recall.ts';
import { type Reliability, reliabilityOf } from './reliability.ts';
import { type RocAuc, rocAuc } from './roc-auc.ts';
import { tempered } from './tempered.ts';

/** What a model made of labelled images. */
export interface Evaluation {
  readonly kind: 'evaluation';
  /** Top-1 accuracy with its 95 % interval. */
  readonly accuracy: Proportion;
  /** Mean of the classes' recalls, with its 95 % interval. */
  readonly balancedAccuracy: Proportion;
  /** Recall of each of the K classes. */
  readonly perClass: readonly ClassRecall[];
  /** Whether classes differ in size, so that accuracy alone says little of the small ones. */
  readonly uneven: boolean;
  /** Area under the ROC curve of the second class, where there are two. */
  readonly rocAuc?: RocAuc;
  /** Whether it is right as often as it says. */
  readonly reliability: Reliability;
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  /** What the probabilities were computed with; 1 where the model has none of its own. */
  readonly temperature: number;
  /** [N, K] float32, rows sum to 1. */
  readonly probabilities: Float32Array;
  /** [N], the most probable class. */
  readonly predictions: Int32Array;
  /** [N], its probability, 0..1. */
  readonly confidence: Float32Array;
  /** [N]: 1 where that is the label, else 0. */
  readonly right: Uint8Array;
  /** [N], what is true. */
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
  /** How many of the images the model was trained and validated on; undefined where that is not known. */
  readonly seen?: SeenCounts;
  /** The head that was judged (SHA-256 of what it computes), and what on. */
  readonly of: { readonly head: string; readonly test: DataFacts };
  /** In one line. */
  toString(): string;
}

/** Judges probabilities by labels. */
export function createEvaluation({
  probabilities,
  labels,
  classNames,
  temperature,
  seen,
  of,
}: Pick<Evaluation, 'probabilities' | 'labels' | 'classNames' | 'temperature' | 'seen' | 'of'>): Evaluation {
  const classes = probabilities.length / labels.length;
  const n = labels.length;
  const predictions = mostProbable(probabilities, classes);
  let loss = 0;
  for (let i = 0; i < n; i++) loss += crossEntropy(probabilities[i * classes + labels[i]]) / n;
  const right = rightOf(predictions, labels);
  const count = right.reduce((a, b) => a + b);
  const confidence = Float32Array.from(predictions, (k, i) => probabilities[i * classes + k]);
  const perClass = recallByClass(labels, right, classNames);
  const second = classes === 2 ? probabilities.filter((_, i) => i % 2) : undefined;
  const [accuracy, balanced, uneven] = [proportion(count, n), balancedAccuracy(perClass), unevenClasses(perClass)];
  const known = seen ? seenText(seen) : '';
  const text = (): string => {
    const mean = uneven ? `, balanced accuracy ${proportionText(balanced)}` : '';
    return `accuracy ${proportionText(accuracy)}${mean}, loss ${loss.toFixed(3)}; ${of.test.name}${known && `, of which ${known}`}`;
  };
  return {
    kind: 'evaluation',
    accuracy,
    balancedAccuracy: balanced,
    perClass,
    uneven,
    ...(second && { rocAuc: rocAuc(labels, second) }),
    reliability: reliabilityOf(confidence, right),
    loss,
    temperature,
    probabilities,
    predictions,
    confidence,
    right,
    labels,
    classNames,
    ...(seen && { seen }),
    of,
    toString: text,
    [Symbol.for('nodejs.util.inspect.custom')]: text,
  };
}

/** The same at temperature 1: what the head itself says. */
export const untempered = (evaluation: Evaluation): Evaluation => {
  const { probabilities, labels, temperature } = evaluation;
  const own = tempered(probabilities, probabilities.length / labels.length, 1 / temperature);
  return createEvaluation({ ...evaluation, probabilities: own, temperature: 1 });
};

/** Of an image, in nats, by the probability that its label was given; finite where that is 0. */
export const crossEntropy = (probability: number): number => -Math.log(Math.max(probability, 1e-38));

/**
 * The most probable class of each row; of equal ones, the first.
 * @param probabilities [N, K] float32
 * @param classes K
 * @returns [N]
 */
export function mostProbable(probabilities: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / classes }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}

/** Of each image: 1 where the guess is the label, else 0; `compareRuns` takes it. */
export const rightOf = (predictions: Int32Array, labels: ArrayLike<number>): Uint8Array =>
  Uint8Array.from(predictions, (guess, i) => Number(guess === labels[i]));
