import { type Features, pickFeatures } from '../../features/features.ts';
import { finiteOnly } from '../../features/finite.ts';
import { foldInterval, type FoldInterval } from '../statistics/fold-interval.ts';
import { cellSignal } from '../../host/host.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import { type ProgressOption, progressOf } from '../../host/progress.ts';
import { hashOf } from '../../storage/files/hash.ts';
import { listed } from '../../text/listed.ts';
import { dataFacts } from '../../training/data-facts.ts';
import { createEvaluation, type Evaluation, mostProbable, rightOf } from '../../training/evaluation/evaluation.ts';
import { chooseRegression } from '../../training/regression/chosen-regression.ts';
import { countsForFolds, stratifiedFolds } from './folds.ts';
import { duplicateGroups, numbered } from './groups.ts';
import { logisticProbabilities, logisticRegression } from '../../training/regression/logistic-regression.ts';

/** Trains on some images and gives the probabilities of others, [b, K] float32: one fold. */
export type FoldTrainer = (
  train: Features,
  test: Features,
  options: { readonly seed: number; readonly signal?: AbortSignal; readonly groups?: ArrayLike<number> },
) => Promise<Float32Array>;

export interface CrossValidateOptions {
  /** How many parts; each is tested once by a classifier trained on the others. 2..N @default 5 */
  readonly folds?: number;
  /** How often to do it, with the images dealt out anew. @default 1 */
  readonly repeats?: number;
  /** Deals out the folds. @default 1 */
  readonly seed?: number;
  /**
   * [N], the same value for images that belong together (from one patient, plant or camera), so that they never lie on
   * both sides, and undefined for one that is alone; `images.groupsOf(…)` gives it for a column of a table. `'none'`:
   * each is alone. @default images of the same content, or (nearly) the same to the network
   */
  readonly groups?: ArrayLike<number | string | undefined> | 'none';
  /** What is trained. @default logistic regression; its weight decay is chosen on a fifth of each fold's training images */
  readonly trainer?: FoldTrainer;
  /** A bar of its own in a notebook and on a terminal, false for none, or a function. @default a bar */
  readonly progress?: ProgressOption;
  /** Ends it after the current step. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/** The result of a cross-validation. */
export interface CrossValidation {
  readonly kind: 'cross-validation';
  /** Mean accuracy of the folds, with a 95 % interval that is right for repeated folds. */
  readonly accuracy: FoldInterval;
  /** One for each fold of each repeat: its accuracy, 0..1, and how many images it has. */
  readonly folds: readonly {
    readonly repeat: number;
    readonly fold: number;
    readonly accuracy: number;
    readonly n: number;
  }[];
  /**
   * Every image judged by classifiers that were not trained on it (the mean over the repeats), for the confusion
   * matrix, doubtful labels and calibration. Its own interval knows nothing of the folds.
   */
  readonly evaluation: Evaluation;
  /** [N], the group of each image: images that belong together have the same number. */
  readonly groups: Int32Array;
  /** What to know about it: classes and groups that do not suit the folds. */
  readonly remarks: readonly string[];
  /** Says it in one line. */
  toString(): string;
}

/**
 * Cross-validates: tells from few images how often a classifier is right on images that it has not seen. Folds are
 * stratified, and images that belong together lie in one fold.
 * @param features of all images [N, …]
 * @throws RangeError naming an option that is out of its range, or a class of one image; the signal's reason when
 * aborted
 * @example
 * const judged = await crossValidate(train, { folds: 3, repeats: 2 });
 * judged.accuracy; // { value, interval }
 */
export async function crossValidate(
  features: Features,
  {
    folds: asked = 5,
    repeats = 1,
    seed = 1,
    groups: given,
    trainer = chosenRegressionTrainer,
    progress,
    signal = cellSignal(),
  }: CrossValidateOptions = {},
): Promise<CrossValidation> {
  const { labels, classNames } = features;
  const [n, K] = [labels.length, classNames.length];
  checkOptions('crossValidate', { folds: asked, repeats, seed }, { folds: { to: n } });
  const counts = countsForFolds('crossValidate', features);
  const known = finiteOnly(features);
  const { groups, note } = await groupsOf(known, given, signal);
  const { folds, fewer } = foldsFor(new Set(groups).size, asked);
  const remarks = [
    ...[note, fewer].flatMap((remark) => remark ?? []),
    ...remarksOn(groups, { labels, classNames, folds, counts }),
  ];
  const bar = progressOf(progress, 'folds');
  const sums = new Float32Array(n * K);
  const found: CrossValidation['folds'][number][] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const foldOf = stratifiedFolds(labels, { folds, seed: seed + repeat, groups });
    for (let fold = 0; fold < folds; fold++) {
      bar?.({ label: 'cross-validation', done: found.length, total: folds * repeats });
      const [others, held] = [positions(foldOf, (f) => f !== fold), positions(foldOf, (f) => f === fold)];
      if (!held.length || new Set(Array.from(others, (i) => labels[i])).size < 2)
        throw new RangeError(
          `crossValidate: expected images of two classes to train on, and some to test on, in each of ${folds} folds; fold ${fold + 1} has ${others.length} and ${held.length}. Groups are too large for that: take fewer folds, or more groups.`,
        );
      const probabilities = await trainer(pickFeatures(known, others), pickFeatures(known, held), {
        seed: seed + repeat,
        signal,
        groups: others.map((i) => groups[i]),
      });
      held.forEach((image, i) => {
        for (let k = 0; k < K; k++) sums[image * K + k] += probabilities[i * K + k] / repeats;
      });
      const right = rightOf(
        mostProbable(probabilities, K),
        held.map((i) => labels[i]),
      ).reduce((a, b) => a + b);
      found.push({ repeat: repeat + 1, fold: fold + 1, accuracy: right / held.length, n: held.length });
    }
  }
  bar?.({ label: 'cross-validation', done: found.length, total: found.length });
  const accuracy = foldInterval(
    found.map((one) => one.accuracy),
    { testShare: 1 / (folds - 1), n },
  );
  const evaluation = createEvaluation({
    probabilities: sums,
    labels,
    classNames,
    temperature: 1,
    of: { head: hashOf(['cross-validation', features.id, folds, repeats, seed]), test: dataFacts(features) },
  });
  const [low, high] = accuracy.interval;
  const percent = (share: number): string => (100 * share).toFixed(1);
  const text = (): string =>
    `accuracy ${percent(accuracy.value)} % (95 % interval ${percent(low)} to ${percent(high)}) in ${folds} folds` +
    `${repeats > 1 ? `, ${repeats} times` : ''}; ${n.toLocaleString('en-US')} images of ${features.name}` +
    (remarks.length ? `; ${remarks.join('; ')}` : '');
  return {
    kind: 'cross-validation',
    accuracy,
    folds: found,
    evaluation,
    groups,
    remarks,
    toString: text,
    ...{ [Symbol.for('nodejs.util.inspect.custom')]: text },
  };
}

/**
 * Trains a logistic regression. A fifth of the training images is set apart by group and class, and the weight decay
 * with the smallest cross-entropy there is used, unless another is shown to get more of them right, from the largest
 * down to the second one in a row that is no better; then it is trained on all of them.
 */
const chosenRegressionTrainer: FoldTrainer = async (train, test, { seed, signal, groups }) => {
  const foldOf = stratifiedFolds(train.labels, { folds: Math.min(5, train.labels.length), seed, groups });
  const [others, held] = [positions(foldOf, (f) => f !== 0), positions(foldOf, (f) => f === 0)];
  const choice = { patience: 2, tolerance: 1e-2, signal }; // the smallest decays take the longest, and overfit few images
  const { l2 } = await chooseRegression(pickFeatures(train, others), pickFeatures(train, held), choice);
  return logisticProbabilities(await logisticRegression(train, { l2, signal }), test);
};

const positions = (foldOf: Int32Array, holds: (fold: number) => boolean): Int32Array =>
  Int32Array.from(foldOf.keys()).filter((i) => holds(foldOf[i]));

async function groupsOf(
  features: Features,
  given: CrossValidateOptions['groups'],
  signal: AbortSignal | undefined,
): Promise<{ readonly groups: Int32Array; readonly note?: string }> {
  const n = features.labels.length;
  if (given === 'none') return { groups: Int32Array.from({ length: n }, (_, i) => i) };
  if (given === undefined) return duplicateGroups(features, { signal });
  if (given.length !== n) throw new RangeError(`groups: expected one of each of ${n} images; got ${given.length}.`);
  const alone = Array.from(given).filter((group) => group === undefined).length;
  const note = `${alone.toLocaleString('en-US')} images have no group: each is alone`;
  return { groups: numbered(Array.from(given, (group, i) => group ?? `\0alone ${i}`)), ...(alone && { note }) };
}

/**
 * Gives as many folds as there are groups, if that is fewer than asked for.
 * @throws RangeError if all images are one group
 */
function foldsFor(groups: number, asked: number): { readonly folds: number; readonly fewer?: string } {
  if (groups >= asked) return { folds: asked };
  if (groups < 2)
    throw new RangeError('groups: expected two or more, so that one is judged by the others; got one for all images.');
  return { folds: groups, fewer: `there are only ${groups} groups, so ${groups} folds in place of ${asked}` };
}

function remarksOn(
  groups: Int32Array,
  {
    labels,
    classNames,
    folds,
    counts,
  }: {
    readonly labels: ArrayLike<number>;
    readonly classNames: readonly string[];
    readonly folds: number;
    readonly counts: ArrayLike<number>;
  },
): string[] {
  const groupsIn = classNames.map(() => new Set<number>());
  groups.forEach((group, i) => groupsIn[labels[i]].add(group));
  const named = (holds: (k: number) => boolean): string[] => classNames.filter((_, k) => holds(k));
  const shared = groups.length - new Set(groups).size;
  const lone = named((k) => counts[k] > 1 && groupsIn[k].size === 1);
  const few = named((k) => groupsIn[k].size > 1 && groupsIn[k].size < folds);
  const none = named((k) => !counts[k]);
  return [
    shared && `${shared.toLocaleString('en-US')} images lie in the fold of another one that they belong to`,
    lone.length && `one group is all of ${listed(lone)}: it is never trained on while it is judged`,
    few.length && `some folds have no image of ${listed(few)}`,
    none.length && `there is no image of ${listed(none)}`,
  ].flatMap((remark) => remark || []);
}
