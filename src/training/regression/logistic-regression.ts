import * as tf from '@tensorflow/tfjs';
import { checkSameClasses } from '../../data/same-classes.ts';
import { type Features, features } from '../../features/features.ts';
import { rowLength } from '../../features/finite.ts';
import { cellSignal } from '../../host/host.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import { useTensorFlow } from '../../host/tensorflow.ts';
import { type Centre, centreOf, recentred, uncentred } from './centred.ts';
import { denseCrossEntropy, parts } from './dense-cross-entropy.ts';
import { inFewerDimensions } from './fewer-dimensions.ts';
import { sparseCrossEntropy } from './sparse-cross-entropy.ts';
import { minimize, type Objective, type Standing } from './lbfgs.ts';
import { turns } from './turns.ts';
import { readBlock } from '../../features/read-block.ts';

/** The weights of a logistic regression, at its optimum or on the way. */
export interface RegressionWeights {
  /** [D + 1, K] row-major, the last row is the bias; for features divided by `scale`. */
  readonly weights: Float64Array;
  /** Root mean square length of the training features: with it `l2` means the same for small and large features. */
  readonly scale: number;
  /** K names. */
  readonly classNames: readonly string[];
  /** The weight decay. */
  readonly l2: number;
}

/** A linear classifier. */
export interface LogisticRegression extends RegressionWeights {
  /** Mean cross-entropy in nats, with the penalty. */
  readonly loss: number;
  readonly iterations: number;
  /** Whether the loss is known, or estimated, to be as near to its least as asked for; with a decay of 0 it is not. */
  readonly converged: boolean;
}

export interface LogisticRegressionOptions {
  /** Weight decay, from 0. @default 0.001 */
  readonly l2?: number;
  /**
   * Takes the mean off each feature and divides it by its standard deviation, so that the decay weighs all features
   * alike, whatever cut they come from; a feature that never changes becomes 0. @default false
   */
  readonly standardize?: boolean;
  /** How far above its least the loss may end, as a share of that (of 0.01 nats if it is less). @default 1e-5 */
  readonly tolerance?: number;
  /**
   * Takes an estimate for how far above its least the loss is, which needs a third to half of the steps, in place of a
   * bound that is never too small. @default false
   */
  readonly estimated?: boolean;
  /** A regression near the optimum, to begin with. @default one without any feature */
  readonly start?: LogisticRegression;
  /** Most iterations. @default 1000 */
  readonly iterations?: number;
  /** Ends it after the current step. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/** Says, of a regression on its way to its optimum, whether the rest of the way is not worth it. */
export type LeaveRegression = (soFar: RegressionWeights) => Promise<boolean>;

/** Down to this decay the optimum is some dozens of steps away, which take less time than a search for fewer dimensions. */
const SHORT_WAY = 1e-4;

/** How many rows are held as one tensor while predicting. */
const BLOCK = 1000;

/**
 * Trains a multinomial logistic regression to its optimum, by L-BFGS: mean cross-entropy + l2/2 · Σ w², the bias not
 * penalized. A head without hidden layers converges to it, so it shows what early stopping, dropout and Adam add.
 * Scikit-learn's LogisticRegression with C = 1 / (N · l2), on features divided by `scale`, gives the same.
 * @param train features [N, …], held in memory, with their labels
 * @throws RangeError naming the option that is out of its range; the signal's reason when aborted
 * @example
 * const regression = await logisticRegression(train, { l2: 0.01 });
 */
export async function logisticRegression(
  train: Features,
  { l2 = 0.001, ...options }: LogisticRegressionOptions = {},
): Promise<LogisticRegression> {
  const search = await openRegression(train, l2, options);
  try {
    return await search.at(l2);
  } finally {
    search.dispose();
  }
}

/**
 * Trains regressions on the same features, which are centred and described once. Of several decays the largest comes
 * first, and each goes on from the one before: the smaller a decay, the longer the way from nothing to its optimum, and
 * the shorter the way from its neighbour's.
 */
export interface RegressionSearch {
  /**
   * @param from one that this search gave, to begin with @default the search's `start`
   * @param leave is asked after every tenth step
   */
  at(
    l2: number,
    options?: { readonly from?: LogisticRegression; readonly leave?: LeaveRegression },
  ): Promise<LogisticRegression>;
  dispose(): void;
}

/** @param least the smallest decay that will be asked for */
export async function openRegression(
  train: Features,
  least: number,
  {
    standardize = false,
    tolerance = 1e-5,
    estimated = false,
    start,
    iterations = 1000,
    signal = cellSignal(),
  }: Omit<LogisticRegressionOptions, 'l2'> = {},
): Promise<RegressionSearch> {
  const { classNames, labels } = train;
  const classes = classNames.length;
  checkOptions('logisticRegression', { l2: least, tolerance, iterations });
  if (classes < 2)
    throw new RangeError(`logisticRegression: expected two classes or more; ${train.name} has ${classes}.`);
  const bad = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (bad >= 0)
    throw new RangeError(`logisticRegression: expected labels 0..${classes - 1}; image ${bad} has ${labels[bad]}.`);
  if (start) checkSameClasses('logisticRegression', { name: 'start', classNames: start.classNames }, train);
  const { rows } = await readBlock(train, 0);
  const centre = centreOf(rows, train, standardize);
  const few = least < SHORT_WAY ? await inFewerDimensions(rows, centre, signal) : undefined;
  const space = few ?? { rows, centre };
  const over = few ? features(few.rows, labels, { classNames }) : train;
  const loss =
    ((await isDense(space.rows)) ? undefined : await sparseCrossEntropy(space.rows, over, space.centre)) ??
    (await denseCrossEntropy(space.rows, over, space.centre));
  const given = start && recentred(start, centre);
  const first = given ? (few?.forth(given) ?? given) : withoutFeatures(train, space.centre.mean.length);
  const ends = new WeakMap<LogisticRegression, Float64Array>(); // as they are searched for
  return {
    async at(l2, { from, leave } = {}) {
      checkOptions('logisticRegression', { l2 });
      const described = (x: Float64Array): RegressionWeights => {
        const weights = uncentred(few?.back(x) ?? x, centre, classes);
        return { weights, scale: centre.scale, classNames, l2 };
      };
      const objective = penalized(loss.at, l2, classes, signal);
      const found = await minimize(objective, (from && ends.get(from)) ?? first, {
        ...{ reached: within(tolerance, l2, estimated), iterations },
        diagonal: inverseCurvature(space.centre, l2, classes),
        ...(leave && { leave: (x) => leave(described(x)) }),
      });
      const { value, converged, iterations: taken } = found;
      const fitted = { ...described(found.x), loss: value, iterations: taken, converged };
      ends.set(fitted, found.x);
      return fitted;
    },
    dispose: () => loss.dispose(),
  };
}

/**
 * With more nonzero features than this share, TensorFlow's native library is faster than WebAssembly that leaves out
 * zeros: at 0.59 (2,500 × 1,280 in ten classes) 5 to 7 ms of processor time for the gradient, against 8.
 */
const DENSE = 0.4;
/** One of so many values is looked at: a prime, so that all features are. */
const STRIDE = 17;

async function isDense(rows: Float32Array): Promise<boolean> {
  if ((await useTensorFlow()).name !== 'tensorflow') return false;
  let [nonzero, seen] = [0, 0];
  for (let i = 0; i < rows.length; i += STRIDE, seen++) if (rows[i]) nonzero++;
  return nonzero > DENSE * seen;
}

/** A share of one class times that of the others, as it may be for many images. */
const SHARES = 0.1;

/** Estimates the inverse of the curvature for each weight [D + 1, K]: the way is shorter than with 1 for each. */
const inverseCurvature = ({ spread }: Centre, l2: number, classes: number): Float64Array =>
  Float64Array.from({ length: (spread.length + 1) * classes }, (_, i) => {
    const j = Math.floor(i / classes);
    return 1 / (j < spread.length ? l2 + SHARES * spread[j] + 1e-12 : SHARES);
  });

/** Adds the penalty to a loss, and lets a Stop through. */
function penalized(at: Objective, l2: number, classes: number, signal: AbortSignal | undefined): Objective {
  const others = turns(signal);
  return async (weights) => {
    const { value, gradient } = await at(weights);
    let penalty = 0;
    for (let i = 0; i < weights.length - classes; i++) {
      penalty += (l2 / 2) * weights[i] ** 2;
      gradient[i] += l2 * weights[i];
    }
    await others();
    return { value: value + penalty, gradient };
  };
}

/**
 * Gives the optimum without any feature: biases that give each class its share, and nothing to a class without images.
 */
function withoutFeatures({ labels, classNames }: Features, d: number): Float64Array {
  const weights = new Float64Array((d + 1) * classNames.length);
  const counts = weights.subarray(d * classNames.length);
  for (const label of labels) counts[label]++;
  counts.forEach((count, k) => (counts[k] = count ? Math.log(count / labels.length) : -80));
  return weights;
}

/** Float32 cannot tell more: a smaller loss, in nats, counts as this one, and this share of a loss as no gradient. */
const LEAST = { loss: 0.01, gradient: 1e-5 };
/** With a smaller decay, or none, such a gradient says nothing: the way may be long and flat. */
const TOLD = 1e-8;

/**
 * An estimate counts as so many times as much. On 3,000 × 1,280 features in ten classes and decays from 0.001 to 1e-5,
 * it was a half to a twentieth of what was left, and the bound 10 to 300 times as much.
 */
const UNSURE = 10;

/**
 * Whether a loss is within a share of its least: a function whose curvature is l2 or more is at most |gradient|² / (2 l2)
 * above it (S. Boyd and L. Vandenberghe, "Convex Optimization", 2004, 9.1.2). A gradient that is small enough for a
 * large decay says nothing of a small one.
 */
const within =
  (share: number, l2: number, estimated: boolean) =>
  ({ value, gradient, above }: Standing): boolean => {
    if (estimated && UNSURE * above <= share * Math.max(value, LEAST.loss)) return true;
    let squares = 0;
    for (let i = 0; i < gradient.length; i++) squares += gradient[i] * gradient[i];
    const least = l2 >= TOLD ? (LEAST.gradient * value) ** 2 : 0;
    return squares <= Math.max(least, 2 * l2 * share * Math.max(value, LEAST.loss));
  };

/**
 * Gives the probabilities of features by a regression.
 * @returns [Q, K] float32, rows sum to 1
 * @example
 * const probabilities = await logisticProbabilities(await logisticRegression(train), test);
 */
export async function logisticProbabilities(model: RegressionWeights, features: Features): Promise<Float32Array> {
  checkSameClasses('logisticProbabilities', { name: 'the regression', classNames: model.classNames }, features);
  await useTensorFlow();
  const classes = model.classNames.length;
  const [n, d] = [features.shape[0], rowLength(features)];
  const out = new Float32Array(n * classes);
  for (let from = 0; from < n; from += BLOCK) {
    const { rows, count } = await readBlock(features, from, BLOCK);
    const probabilities = tf.tidy(() => {
      const [w, b] = parts(model.weights, d, classes);
      const x = tf.tensor2d(rows, [count, d]).div<tf.Tensor2D>(model.scale);
      return tf.softmax(x.matMul<tf.Tensor2D>(w).add<tf.Tensor2D>(b));
    });
    out.set(await probabilities.data(), from * classes);
    probabilities.dispose();
  }
  return out;
}
