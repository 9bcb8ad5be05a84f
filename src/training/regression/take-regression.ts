import type { Features } from '../../features/features.ts';
import { type ProgressOption, progressOf } from '../../host/progress.ts';
import { DamagedRow } from '../../storage/rows/row-set.ts';
import { formatNumber } from '../../text/numbers.ts';
import type { Given } from '../descent.ts';
import { judge } from '../evaluation/judge.ts';
import { createHistory, type HeadChoice, type History, keptEpoch } from '../history.ts';
import { factsOfRegression } from '../training-facts.ts';
import { edgeText } from './chosen-regression.ts';
import type { LogisticRegression } from './logistic-regression.ts';
import { chooseHeadRegression, type HeadRegression, putRegression, refit } from './head-regression.ts';

/** A choice before the regression is trained on all images. */
type Chosen = HeadChoice & { readonly regression: NonNullable<HeadChoice['regression']> };

/**
 * Puts a regression into a head, unless the head that was trained in epochs is better on the validation images.
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
    const chosen = choiceOf(found, validation!, softmax);
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

/** With fewer validation images one more or less that is right would choose the head, which is near chance. */
const TELLING = 20;

/**
 * Says which of the two is taken, and why: the better one on the validation images; of equals, or if there are too few
 * of them to tell, the regression.
 */
function choiceOf(
  { validation, l2, edge }: HeadRegression,
  { labels }: Features,
  softmax: History | undefined,
): Chosen {
  const regression = { accuracy: validation.accuracy.value, loss: validation.loss, l2, ...(edge && { edge }) };
  const note = edge ? `, ${edgeText(edge)}` : '';
  const own =
    `regression (decay ${formatNumber(l2)}${note}): ${percent(regression.accuracy)} of ` +
    `${labels.length.toLocaleString('en-US')} validation images`;
  const kept = softmax && keptEpoch(softmax);
  if (!kept) return { head: 'regression', why: own, regression };
  const other = { accuracy: kept.valAccuracy!, loss: kept.valLoss! };
  const few = labels.length < TELLING;
  const head = !few && other.accuracy > regression.accuracy ? 'softmax' : 'regression';
  const fewText = few ? `; fewer than ${TELLING} do not tell which is better, so regression` : '';
  return { head, why: `${own}; softmax: ${percent(other.accuracy)}${fewText}`, softmax: other, regression };
}

/** Says whether the regression reached its optimum, once it was trained on all images. */
const atOptimum = ({ regression, why, ...choice }: Chosen, { converged }: LogisticRegression): HeadChoice => ({
  ...choice,
  why: `${why}; then trained on these too${converged ? '' : ', not to its optimum'}`,
  regression: { ...regression, converged },
});

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
