import type { Dataset } from '../../data/dataset.ts';
import { checkSameClasses } from '../../data/same-classes.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import type { Evaluation } from '../../training/evaluation/evaluation.ts';
import { evaluationCaption, type EvaluationPlotOptions } from '../frame/captions.ts';
import { percent } from '../frame/card.ts';
import { NAMED, pictureGrid, tilesOf } from './pictures.ts';

export interface MistakesOptions extends EvaluationPlotOptions {
  /** The most pictures. @default 16 */
  readonly count?: number;
}

/**
 * Shows the mistakes that a model was surest of: what it said, how sure it was, what it is; for photos the file as
 * well.
 * @param dataset the images that were evaluated
 * @returns HTML
 * @throws RangeError if the evaluation is of other images
 * @example
 * show(confidentMistakes(images.test, evaluation, { count: 6 }));
 */
export async function confidentMistakes(
  dataset: Dataset,
  evaluation: Evaluation,
  { count = 16, caption, history }: MistakesOptions = {},
): Promise<string> {
  checkOptions('confidentMistakes', { count });
  const { labels, predictions, confidence, right, classNames, of } = evaluation;
  checkSameClasses('confidentMistakes', { name: of.test.name, classNames }, dataset);
  if (labels.length !== dataset.n || labels.some((label, i) => label !== dataset.labels[i]))
    throw new RangeError(
      `confidentMistakes: expected the images that were evaluated, ${of.test.name}; got ${String(dataset)}.`,
    );
  const sure = (i: number): number => confidence[i];
  const wrong = [...labels.keys()].filter((i) => !right[i]).sort((a, b) => sure(b) - sure(a));
  const positions = wrong.slice(0, count);
  const names = (i: number): { truth: string; guess: string } => ({
    truth: classNames[labels[i]],
    guess: classNames[predictions[i]],
  });
  const tiles = await tilesOf(dataset, positions, (i) => {
    const { truth, guess } = names(positions[i]);
    return { lines: [`${guess} ${percent(sure(positions[i]), 0)}`, `is ${truth}`] };
  });
  const file = (i: number): string => (dataset.fileAt ? ` (${dataset.fileAt(i)})` : '');
  const first = positions.slice(0, 3).map((i) => `${names(i).truth} taken for ${names(i).guess}${file(i)}`);
  return pictureGrid(tiles, {
    ...(dataset.fileAt ? NAMED : { side: 88, columns: 8 }),
    title: titleOf(positions.length, wrong.length),
    alt: positions.length ? `Most confident mistakes: ${first.join('; ')}.` : 'No picture: there are no mistakes.',
    caption: caption ?? evaluationCaption(evaluation, history),
  });
}

function titleOf(shown: number, all: number): string {
  if (all < 2) return all ? 'The one mistake' : 'No mistakes';
  if (shown === all)
    return all === 2 ? 'Both mistakes, the most confident first' : `All ${all} mistakes, the most confident first`;
  return shown === 1 ? 'The most confident mistake' : `The ${shown} most confident mistakes`;
}
