import { recolouredText } from '../../data/pictures/reading.ts';
import { type SeenCounts, seenText } from '../../data/seen.ts';
import { firstNotFinite } from '../../features/finite.ts';
import { listed } from '../../text/listed.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import type { DataFacts } from '../history.ts';
import { type Proportion, proportion, proportionText } from './interval.ts';
import { balancedAccuracy, type ClassRecall, recallByClass, unevenClasses } from './recall.ts';
import { type Reliability, reliabilityOf } from './reliability.ts';
import { type RocAuc, rocAuc } from './roc-auc.ts';
import { tempered } from './tempered.ts';

/** A model's results on labelled images. */
export interface Evaluation {
  readonly kind: 'evaluation';
  /** Top-1 accuracy with its 95 % interval. */
  readonly accuracy: Proportion;
  /** The mean of the classes' recalls, with its 95 % interval. */
  readonly balancedAccuracy: Proportion;
  /** The recall of each of the K classes. */
  readonly perClass: readonly ClassRecall[];
  /** Whether classes differ in size, so that accuracy alone says little about the small ones. */
  readonly uneven: boolean;
  /** Area under the ROC curve of the second class, if there are two. */
  readonly rocAuc?: RocAuc;
  /** Whether it is right as often as it says. */
  readonly reliability: Reliability;
  /** The mean cross-entropy, in nats. */
  readonly loss: number;
  /** The temperature that the probabilities were computed with; 1 if the model has none of its own. */
  readonly temperature: number;
  /**
   * [N], for two classes: the logarithm of the second's odds, which tells images apart whose probabilities float32
   * rounds to 1. @default computed from the probabilities
   */
  readonly logOdds?: Float64Array;
  /** [N, K] float32, rows sum to 1. */
  readonly probabilities: Float32Array;
  /** [N], the most probable class. */
  readonly predictions: Int32Array;
  /** [N], the probability of that class, 0..1. */
  readonly confidence: Float32Array;
  /** [N]: 1 if that class is the label, else 0. */
  readonly right: Uint8Array;
  /** [N], the true classes. */
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
  /** How many of the images the model was trained and validated on; undefined if that is not known. */
  readonly seen?: SeenCounts;
  /** How many of the images were read in other colours when the model was trained. */
  readonly recoloured: number;
  /** The head that was judged (SHA-256 of what it computes), and the test data. */
  readonly of: { readonly head: string; readonly test: DataFacts };
  /** Describes the evaluation in one line. */
  toString(): string;
}

/**
 * Judges probabilities by labels.
 * @param parts.loss @default that of the probabilities, none of which counts as less than 1e-38
 * @throws RangeError if they do not fit each other or the class names, or are not probabilities
 */
export function createEvaluation({
  probabilities,
  labels,
  classNames,
  temperature,
  seen,
  recoloured = 0,
  of,
  loss = lossOf(probabilities, labels),
  logOdds,
}: Pick<Evaluation, 'probabilities' | 'labels' | 'classNames' | 'temperature' | 'seen' | 'of'> &
  Partial<Pick<Evaluation, 'loss' | 'logOdds' | 'recoloured'>>): Evaluation {
  const n = labels.length;
  const classes = classNames.length;
  if (!n || probabilities.length !== n * classes)
    throw new RangeError(
      `evaluation: expected probabilities of ${n} images × ${classes} classes (${listed(classNames)}); got ${probabilities.length} numbers of ${of.test.name}. ` +
        'Name every class that the head knows: features(rows, labels, { classNames }).',
    );
  const bad = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (bad >= 0)
    throw new RangeError(
      `evaluation: expected labels 0..${classes - 1}; image ${bad} of ${of.test.name} has ${labels[bad]}.`,
    );
  checkProbabilities(probabilities, classes, (i) => `image ${i} of ${of.test.name}`);
  const predictions = mostProbable(probabilities, classes);
  const right = rightOf(predictions, labels);
  const count = right.reduce((a, b) => a + b);
  const confidence = Float32Array.from(predictions, (k, i) => probabilities[i * classes + k]);
  const perClass = recallByClass(labels, right, classNames);
  const odds = classes === 2 ? (logOdds ?? logOddsOf(probabilities)) : undefined;
  const [accuracy, balanced, uneven] = [proportion(count, n), balancedAccuracy(perClass), unevenClasses(perClass)];
  const known = seen ? seenText(seen) : '';
  const text = (): string => {
    const mean = uneven ? `, balanced accuracy ${proportionText(balanced)}` : '';
    return `accuracy ${proportionText(accuracy)}${mean}, loss ${loss.toFixed(3)}; ${of.test.name}${known && `, of which ${known}`}${recoloured ? `; ${recolouredText(recoloured)}` : ''}`;
  };
  return {
    kind: 'evaluation',
    accuracy,
    balancedAccuracy: balanced,
    perClass,
    uneven,
    ...(odds && { rocAuc: rocAuc(labels, odds), logOdds: odds }),
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
    recoloured,
    of,
    toString: text,
    [Symbol.for('nodejs.util.inspect.custom')]: text,
  };
}

/** Gives the same evaluation at temperature 1: the head's own probabilities. */
export const untempered = (evaluation: Evaluation): Evaluation => {
  const { probabilities, labels, temperature } = evaluation;
  const own = tempered(probabilities, probabilities.length / labels.length, 1 / temperature);
  return createEvaluation({ ...evaluation, probabilities: own, temperature: 1, loss: undefined });
};

/** Computes the mean cross-entropy, in nats. */
function lossOf(probabilities: Float32Array, labels: ArrayLike<number>): number {
  const n = labels.length;
  let loss = 0;
  for (let i = 0; i < n; i++) loss += crossEntropy(probabilities[(i * probabilities.length) / n + labels[i]]) / n;
  return loss;
}

/**
 * Computes log odds from both probabilities: near 1 float32 has 8 digits for the one, and all its digits for the other.
 */
const logOddsOf = (probabilities: Float32Array): Float64Array =>
  Float64Array.from(
    { length: probabilities.length / 2 },
    (_, i) => crossEntropy(probabilities[2 * i]) - crossEntropy(probabilities[2 * i + 1]),
  );

/** Computes an image's cross-entropy, in nats, from the probability of its label; finite even if that is 0. */
export const crossEntropy = (probability: number): number => -Math.log(Math.max(probability, 1e-38));

/**
 * Checks that a head's outputs are numbers from 0 to 1.
 * @param probabilities [b, K] float32
 * @param nameOf names the image of the i-th row
 * @throws RangeError naming the first one that is not
 */
export function checkProbabilities(probabilities: Float32Array, classes: number, nameOf: (i: number) => string): void {
  const at = probabilities.findIndex((p) => !(p >= 0 && p <= 1.001)); // NaN is neither; sums of float32 may pass 1
  if (at < 0) return;
  throw new RangeError(
    `probabilities: expected numbers from 0 to 1; ${nameOf(Math.floor(at / classes))} has ${probabilities[at]} for class ${at % classes}. ` +
      "The head's weights, or what they make of the features, are not finite: train it again with a lower learningRate.",
  );
}

/**
 * Gives the most probable class of each row; if several are equal, the first.
 * @param probabilities [N, K] float32
 * @param classes K
 * @returns [N]
 * @throws RangeError if they are not rows of K, or not finite
 */
export function mostProbable(probabilities: Float32Array, classes: number): Int32Array {
  checkOptions('mostProbable', { classes });
  if (probabilities.length % classes)
    throw new RangeError(`mostProbable: expected rows of ${classes} classes; got ${probabilities.length} numbers.`);
  const bad = firstNotFinite(probabilities);
  if (bad >= 0)
    throw new RangeError(
      `mostProbable: expected finite numbers; row ${Math.floor(bad / classes)} has ${probabilities[bad]} for class ${bad % classes}.`,
    );
  return Int32Array.from({ length: probabilities.length / classes }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}

/**
 * Says for each image whether the guess is the label, 1, or not, 0; `compareRuns` takes the result.
 * @throws RangeError if there are not as many guesses as labels
 * @example
 * const right = rightOf(evaluation.predictions, test.labels);
 */
export function rightOf(predictions: Int32Array, labels: ArrayLike<number>): Uint8Array {
  if (predictions.length !== labels.length)
    throw new RangeError(
      `rightOf: expected as many predictions as labels (${labels.length}); got ${predictions.length}.`,
    );
  return Uint8Array.from(predictions, (guess, i) => Number(guess === labels[i]));
}
