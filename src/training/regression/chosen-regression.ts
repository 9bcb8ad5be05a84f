import { checkSameClassesIn } from '../../data/same-classes.ts';
import type { Features } from '../../features/features.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import { formatNumber } from '../../text/numbers.ts';
import { crossEntropy, mostProbable, rightOf } from '../evaluation/evaluation.ts';
import { type Proportion, proportion } from '../evaluation/interval.ts';
import { SHOWN, signTestOf } from '../evaluation/sign-test.ts';
import {
  type LeaveRegression,
  type LogisticRegression,
  type LogisticRegressionOptions,
  type RegressionWeights,
  logisticProbabilities,
  openRegression,
} from './logistic-regression.ts';

/** A weight decay that was tried. */
export interface DecayTried extends Pick<LogisticRegression, 'l2' | 'loss' | 'iterations' | 'converged'> {
  /** Top-1 on the validation images, and mean cross-entropy in nats. */
  readonly validation: { readonly accuracy: Proportion; readonly loss: number };
}

/** A regression, and how its weight decay was chosen. */
export interface RegressionChoice {
  readonly fitted: LogisticRegression;
  /** The decay that was chosen. */
  readonly l2: number;
  /** Whether it reached its optimum. */
  readonly converged: boolean;
  /** Top-1 on the validation images, if there are any. */
  readonly validation?: Proportion;
  /** From the largest decay to the smallest; empty if there was one decay and no validation images. */
  readonly tried: readonly DecayTried[];
  /** Set if the chosen decay is the last one in its direction, so that one beyond it may be better. */
  readonly edge?: 'smallest' | 'largest';
  /** Says it in one line. */
  toString(): string;
}

export interface ChosenRegression extends RegressionChoice {
  /** [N], for each test image: 1 if it was right. */
  readonly right: Uint8Array;
}

/**
 * Reaches from a decay at which a softmax says little to one that hardly acts. Which one is right depends on the
 * features, on their number and on the number of images: for standardised features of all of CIFAR-10, the best of
 * 0.00001 to 0.01 was the smallest.
 */
export const DECAYS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8];

/** What lies between two powers of ten, as shares of the one. */
const BETWEEN = { up: 3, down: 0.3 };

/** So much larger than the least, and rising: a decay whose loss on the validation images is that on its way is worse. */
const PLAIN = 1.02;

export interface ChooseOptions extends Pick<
  LogisticRegressionOptions,
  'standardize' | 'tolerance' | 'estimated' | 'signal' | 'start'
> {
  /** The decays that are tried. @default 0.1, 0.01, … 1e-8 */
  readonly decays?: readonly number[];
  /**
   * What the validation images choose by: `loss`, their mean cross-entropy, or `accuracy`, the same unless another decay
   * is shown to get more of them right. @default 'accuracy'
   */
  readonly by?: 'accuracy' | 'loss';
  /**
   * Ends after so many smaller decays in a row that were no better and had a larger loss, each of which is left once that
   * is plain. @default all are tried, to their optimum
   */
  readonly patience?: number;
  /**
   * Tries one more at last: three times the best one, or three tenths of it, where its better neighbour lies.
   * @default false
   */
  readonly between?: boolean;
}

/**
 * Trains a logistic regression to its optimum, with the weight decay that has the smallest cross-entropy on the
 * validation images, unless another is shown to get more of them right. Only that one sees the test images.
 *
 * One image more tells nothing: by how many of 250 were right, one draw chose a decay that lost 2.5 points of 1,000 test
 * images. In 12 draws each of 2,250 + 250 images of CIFAR-10, and 16 each of 270 + 30 photos of flowers, the smallest
 * cross-entropy gave 0.4, 0.5, −0.3 and 2.3 points more (EfficientNet-Lite0 and vgg19-mini; the four means).
 * @throws RangeError if there is something to choose and nothing to choose on
 * @example
 * const { right } = await chosenRegression({ train, validation: test, test });
 */
export async function chosenRegression(
  { train, validation, test }: { readonly train: Features; readonly validation?: Features; readonly test: Features },
  options: ChooseOptions = {},
): Promise<ChosenRegression> {
  checkSameClassesIn(train, { validation, test });
  const choice = await chooseRegression(train, validation, options);
  const said = mostProbable(await logisticProbabilities(choice.fitted, test), train.classNames.length);
  return { ...choice, right: rightOf(said, test.labels) };
}

/**
 * Makes the choice alone, and gives the regression that {@link chosenRegression} tests.
 * @example
 * const { l2, fitted } = await chooseRegression(train, test);
 */
export async function chooseRegression(
  train: Features,
  validation: Features | undefined,
  { decays = DECAYS, by = 'accuracy', patience, between = false, ...options }: ChooseOptions = {},
): Promise<RegressionChoice> {
  checkOptions('chooseRegression', { decays, patience });
  checkSameClassesIn(train, { validation });
  if (!decays.length || (decays.length > 1 && !validation))
    throw new RangeError(
      `decays: expected one, or validation images to choose by; got ${decays.length} and ${validation ? validation.labels.length : 'none'}.`,
    );
  const tried: DecayTried[] = [];
  let best: { readonly fitted: LogisticRegression; readonly validation?: Judged } | undefined;
  let since = 0; // the best one
  let before: { readonly l2: number; readonly loss: number } | undefined; // what was judged last on the way
  const leave: LeaveRegression = async (soFar) => {
    const judged = await judge(soFar, validation!);
    const rises = before?.l2 === soFar.l2 && judged.loss > before.loss;
    before = { l2: soFar.l2, loss: judged.loss };
    const least = best?.validation;
    return rises && !!least && judged.loss > PLAIN * least.loss && !isBetter(judged, least, by);
  };
  const least = Math.min(...decays) * (between ? BETWEEN.down : 1);
  const search = await openRegression(train, least, options);
  const attempt = async (l2: number, from?: LogisticRegression): Promise<LogisticRegression> => {
    const fitted = await search.at(l2, { from, ...(patience !== undefined && validation && { leave }) });
    if (!validation) best = { fitted };
    else {
      const judged = await judge(fitted, validation);
      const { loss, iterations, converged } = fitted;
      const { accuracy, loss: told } = judged;
      tried.push({ l2, loss, iterations, converged, validation: { accuracy, loss: told } });
      if (!best?.validation || isBetter(judged, best.validation, by))
        [best, since] = [{ fitted, validation: judged }, 0];
      else if (judged.loss > best.validation.loss) since++;
    }
    return fitted;
  };
  try {
    let before: LogisticRegression | undefined;
    for (const l2 of [...decays].sort((a, b) => b - a)) {
      before = await attempt(l2, before);
      if (since === patience) break;
    }
    if (between && tried.length > 1) {
      const l2 = besides(best!.fitted.l2, tried);
      if (tried.every((one) => one.l2 !== l2)) await attempt(l2, best!.fitted);
      tried.sort((a, b) => b.l2 - a.l2);
    }
  } finally {
    search.dispose();
  }
  const { fitted, validation: judged } = best!;
  const { l2, converged } = fitted;
  const among = tried.length ? tried.map((one) => one.l2) : decays;
  const edge = edgeOf(l2, among);
  const text = (): string => {
    const range = `, of ${among.length} from ${formatNumber(Math.max(...among))} to ${formatNumber(Math.min(...among))}`;
    const by = judged && `${among.length > 1 ? range : ''}; on the validation images ${String(judged.accuracy)}`;
    return `decay ${decayText({ l2, edge, converged })}${by ?? ''}`;
  };
  return {
    fitted,
    l2,
    converged,
    tried,
    ...(judged && { validation: judged.accuracy }),
    ...(edge && { edge }),
    toString: text,
    ...{ [Symbol.for('nodejs.util.inspect.custom')]: text },
  };
}

type WithLoss = Pick<DecayTried, 'l2'> & { readonly validation: Pick<DecayTried['validation'], 'loss'> };

/** Gives a decay between the best one and the better one of those beside it. */
export function besides(l2: number, tried: readonly WithLoss[]): number {
  const at = tried.findIndex((one) => one.l2 === l2); // from the largest decay to the smallest
  const [up, down] = [tried[at - 1], tried[at + 1]].map((one?: WithLoss) => one?.validation.loss ?? Infinity);
  return Number((l2 * (up < down ? BETWEEN.up : BETWEEN.down)).toPrecision(1));
}

/** Says what it means that the last decay was taken. */
export const edgeText = (edge: NonNullable<RegressionChoice['edge']>): string =>
  `the ${edge} tried: a ${edge === 'smallest' ? 'smaller' : 'larger'} one may be better`;

/**
 * Writes the chosen decay, and what one should know about it: `1e-8 (the smallest tried: a smaller one may be better)`.
 */
export function decayText({ l2, edge, converged }: Pick<RegressionChoice, 'l2' | 'edge' | 'converged'>): string {
  const notes = [edge && edgeText(edge), !converged && 'not at its optimum'].filter(Boolean);
  return `${formatNumber(l2)}${notes.length ? ` (${notes.join('; ')})` : ''}`;
}

export function edgeOf(l2: number, decays: readonly number[]): RegressionChoice['edge'] {
  const [least, most] = [Math.min(...decays), Math.max(...decays)];
  if (least === most) return undefined;
  if (l2 === least) return l2 > 0 ? 'smallest' : undefined; // there is none below 0
  return l2 === most ? 'largest' : undefined;
}

function isBetter(one: Judged, other: Judged, by: ChooseOptions['by']): boolean {
  if (by === 'accuracy') {
    if (signTestOf(one.right, other.right) <= SHOWN) return true;
    if (signTestOf(other.right, one.right) <= SHOWN) return false;
  }
  return one.loss < other.loss;
}

/** What validation images say: 1 for each that is right, and the rest of {@link DecayTried.validation}. */
type Judged = DecayTried['validation'] & { readonly right: Uint8Array };

/** Gives top-1 accuracy, mean cross-entropy in nats, and which images are right. */
export async function judge(fitted: RegressionWeights, on: Features): Promise<Judged> {
  const classes = fitted.classNames.length;
  const probabilities = await logisticProbabilities(fitted, on);
  const right = rightOf(mostProbable(probabilities, classes), on.labels);
  const losses = Array.from(on.labels, (label, i) => crossEntropy(probabilities[i * classes + label]));
  const count = right.reduce((a, b) => a + b, 0);
  return { accuracy: proportion(count, right.length), loss: losses.reduce((a, b) => a + b, 0) / losses.length, right };
}
