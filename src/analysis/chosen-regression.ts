import type { Features } from '../features/features.ts';
import { crossEntropy, mostProbable, rightOf } from '../training/evaluation.ts';
import { type Proportion, proportion } from '../training/interval.ts';
import {
  type LogisticRegression,
  type LogisticRegressionOptions,
  logisticProbabilities,
  logisticRegression,
} from './logistic-regression.ts';

export interface ChosenRegression {
  /** Of each test image: 1 where it was right. */
  readonly right: Uint8Array;
  /** The decay that was chosen. */
  readonly l2: number;
  /** Whether it came to its optimum. */
  readonly converged: boolean;
  /** Of the validation images, where there are some. */
  readonly validation?: Proportion;
}

/** From hardly any to so much that a softmax says little. */
const DECAYS = [0.00001, 0.0001, 0.001, 0.01];
/** Little decay on many features takes longest. */
const ITERATIONS = 500;

export interface ChooseOptions extends Pick<LogisticRegressionOptions, 'standardize' | 'signal'> {
  /** That are tried. @default 0.00001, 0.0001, 0.001, 0.01 */
  readonly decays?: readonly number[];
}

/**
 * Logistic regression to its optimum, with the weight decay that is right on the most validation images; where several
 * are, with the one of the smallest cross-entropy there. Only that one sees the test images.
 * @throws RangeError where there is something to choose and nothing to choose on
 */
export async function chosenRegression(
  { train, validation, test }: { readonly train: Features; readonly validation?: Features; readonly test: Features },
  options: ChooseOptions = {},
): Promise<ChosenRegression> {
  const { fitted, l2, count } = await chooseRegression(train, validation, options);
  const said = mostProbable(await logisticProbabilities(fitted, test), train.classNames.length);
  const judged = validation && { validation: proportion(count, validation.labels.length) };
  return { right: rightOf(said, test.labels), l2, converged: fitted.converged, ...judged };
}

/** The choice alone: the regression that {@link chosenRegression} tests, its decay, and the validation images it had right. */
export async function chooseRegression(
  train: Features,
  validation: Features | undefined,
  { decays = DECAYS, ...options }: ChooseOptions = {},
): Promise<{ readonly fitted: LogisticRegression; readonly l2: number; readonly count: number }> {
  if (!decays.length || (decays.length > 1 && !validation))
    throw new RangeError(
      `decays: expected one, or validation images to choose by; got ${decays.length} and ${validation ? validation.labels.length : 'none'}.`,
    );
  let best: { fitted: LogisticRegression; l2: number; count: number; loss: number } | undefined;
  for (const l2 of decays) {
    const fitted = await logisticRegression(train, { ...options, l2, iterations: ITERATIONS });
    const { count, loss } = validation ? await judged(fitted, validation) : { count: 0, loss: 0 };
    if (!best || count > best.count || (count === best.count && loss < best.loss)) best = { fitted, l2, count, loss };
  }
  return best!;
}

/** How many it gets right, and its mean cross-entropy in nats. */
async function judged(fitted: LogisticRegression, on: Features): Promise<{ count: number; loss: number }> {
  const classes = fitted.classNames.length;
  const probabilities = await logisticProbabilities(fitted, on);
  const right = rightOf(mostProbable(probabilities, classes), on.labels);
  const losses = Array.from(on.labels, (label, i) => crossEntropy(probabilities[i * classes + label]));
  return { count: right.reduce((a, b) => a + b, 0), loss: losses.reduce((a, b) => a + b, 0) / losses.length };
}
