import type { Evaluation } from '../../training/evaluation/evaluation.ts';
import { trainingBasis, type History, keptEpoch } from '../../training/history.ts';
import { proportion, proportionText } from '../../training/evaluation/interval.ts';
import { count, type DrawOptions } from './card.ts';

/** The options of plots of an evaluation. */
export interface EvaluationPlotOptions extends DrawOptions {
  /** The history of the training before it; with it the caption also names the training's data and seed. */
  readonly history?: History;
}

/** Joins the parts that are given into one line. */
export const joinCaption = (...parts: readonly (string | false | undefined)[]): string =>
  parts.filter(Boolean).join('; ');

/** Says what a training is based on, and how its weights do on the images to judge by. */
export function historyCaption(history: History): string {
  const { train, validation } = history.of;
  const kept = keptEpoch(history);
  const which = kept !== history.epochs.at(-1) ? ', whose weights were kept' : '';
  const judged =
    validation && kept?.valAccuracy !== undefined
      ? `validation accuracy in epoch ${kept.epoch}${which}: ${shareText(kept.valAccuracy, validation.n)}`
      : undefined;
  return joinCaption(trainingBasis(history), `n = ${count(train.n)} training images`, judged);
}

/**
 * Says what an evaluation is based on.
 * @param history the history of the training before it, which knows its seed
 * @throws Error if the history is another head's
 */
export function evaluationCaption(evaluation: Evaluation, history?: History): string {
  const { accuracy, balancedAccuracy, uneven, of } = evaluation;
  if (history && history.of.head !== of.head)
    throw new Error(
      'history: expected the training of the head that was evaluated; got that of another one ' +
        `(${history.of.layers}), or it was trained further since. Run \`evaluate\` again after \`fit\`.`,
    );
  const trained = history && `trained on ${trainingBasis(history)}`;
  const balanced = uneven ? `balanced accuracy ${proportionText(balancedAccuracy)}` : undefined;
  return joinCaption(`accuracy ${proportionText(accuracy)}`, balanced, of.test.name, trained);
}

/** Writes an accuracy or a mean of several, 0..1, with its 95 % interval. */
export const shareText = (share: number, n: number): string =>
  proportionText({ ...proportion(Math.round(share * n), n), value: share });
