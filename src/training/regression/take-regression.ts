import type * as tf from '@tensorflow/tfjs';
import type { Features } from '../../features/features.ts';
import { type ProgressOption, progressOf } from '../../host/progress.ts';
import { DamagedRow } from '../../storage/rows/row-set.ts';
import { formatNumber } from '../../text/numbers.ts';
import type { Given } from '../descent.ts';
import { mostProbable, rightOf } from '../evaluation/evaluation.ts';
import { judge } from '../evaluation/judge.ts';
import { SHOWN, signTestOf } from '../evaluation/sign-test.ts';
import { createHistory, type HeadChoice, type History, keptEpoch } from '../history.ts';
import { factsOfRegression } from '../training-facts.ts';
import { edgeText } from './chosen-regression.ts';
import { type LogisticRegression, logisticProbabilities } from './logistic-regression.ts';
import { chooseHeadRegression, type HeadRegression, putRegression, refit } from './head-regression.ts';

/** A choice before the regression is trained on all images. */
type Chosen = HeadChoice & { readonly regression: NonNullable<HeadChoice['regression']> };

/**
 * Puts a regression into a head, unless the validation images show that the head trained in epochs is better.
 * @param softmax the history of that head, if there is one
 * @returns the history of what the head holds now; if it was interrupted, of what it held before
 */
export async function takeRegression(
  { head, layers, train: given, validation, again }: Given,
  softmax: History | undefined,
  { signal, progress }: { readonly signal?: AbortSignal; readonly progress?: ProgressOption },
): Promise<History> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const bar = progressOf(progress, 'steps');
  const report = (done: number): void => bar?.({ label: 'regression', done, total: 2 });
  report(0);
  let train = given;
  const choose = (): Promise<HeadRegression> => chooseHeadRegression(train, validation!, { signal });
  try {
    const found = await choose().catch(async (error: unknown) => {
      if (!(error instanceof DamagedRow)) throw error;
      train = await again();
      return choose();
    });
    report(1);
    const chosen = choiceOf(found, validation!, softmax, softmax && (await chance(head, found, validation!)));
    if (softmax && chosen.head === 'softmax') {
      report(2);
      return createHistory({ ...softmax, of: { ...softmax.of, chosen } });
    }
    const fitted = await refit(train, validation!, found, { signal });
    putRegression(layers, fitted);
    const { accuracy, loss } = await judge(head, train);
    report(2);
    const epoch = { epoch: 1, loss, accuracy: accuracy.value, seconds: seconds() };
    return createHistory({
      epochs: [{ ...epoch, valLoss: found.validation.loss, valAccuracy: found.validation.accuracy.value }],
      learningRate: undefined,
      best: 1,
      seconds: (softmax?.seconds ?? 0) + seconds(),
      of: factsOfRegression(head, train, validation!, atOptimum(chosen, fitted)),
    });
  } catch (error) {
    if (!signal?.aborted || !softmax) throw error;
    return createHistory({ ...softmax, stopped: 'interrupted' });
  }
}

/** Gives the probability that chance alone puts the softmax head so far ahead of the regression on validation images. */
async function chance(head: tf.LayersModel, { fitted }: HeadRegression, validation: Features): Promise<number> {
  const softmax = (await judge(head, validation)).right;
  const said = mostProbable(await logisticProbabilities(fitted, validation), validation.classNames.length);
  return signTestOf(softmax, rightOf(said, validation.labels));
}

/**
 * Says which of the two is taken, and why: the softmax head if the validation images show that it is better, else the
 * regression. One image more that is right does not tell: of 32 it chose a head that was 8 points worse on 1,200 test
 * images.
 */
function choiceOf(
  { validation, l2, edge }: HeadRegression,
  { labels }: Features,
  softmax: History | undefined,
  byChance: number | undefined,
): Chosen {
  const regression = { accuracy: validation.accuracy.value, loss: validation.loss, l2, ...(edge && { edge }) };
  const note = edge ? `, ${edgeText(edge)}` : '';
  const own =
    `regression (decay ${formatNumber(l2)}${note}): ${percent(regression.accuracy)} of ` +
    `${labels.length.toLocaleString('en-US')} validation images`;
  const kept = softmax && keptEpoch(softmax);
  if (!kept) return { head: 'regression', why: own, regression };
  const other = { accuracy: kept.valAccuracy!, loss: kept.valLoss! };
  const more = other.accuracy > regression.accuracy;
  const head = more && byChance! <= SHOWN ? 'softmax' : 'regression';
  const little = more && head === 'regression' ? ', too few more to show that it is better, so regression' : '';
  return { head, why: `${own}; softmax: ${percent(other.accuracy)}${little}`, softmax: other, regression };
}

/** Says whether the regression reached its optimum, once it was trained on all images. */
const atOptimum = ({ regression, why, ...choice }: Chosen, { converged }: LogisticRegression): HeadChoice => ({
  ...choice,
  why: `${why}; then trained on these too${converged ? '' : ', not to its optimum'}`,
  regression: { ...regression, converged },
});

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
