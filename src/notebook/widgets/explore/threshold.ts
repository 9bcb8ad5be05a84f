import { percent } from '../../../plots/frame/card.ts';
import { CARD, cardLine, HEADING, NOTE } from '../../../plots/frame/svg-card.ts';
import { evaluationCaption } from '../../../plots/frame/captions.ts';
import { escapeHtml } from '../../../text/html.ts';
import type { Evaluation } from '../../../training/evaluation/evaluation.ts';
import { type Proportion, proportion } from '../../../training/evaluation/interval.ts';
import { type Interaction, interact } from '../interact.ts';
import { slider } from '../controls/slider.ts';

export interface ExploreThresholdOptions {
  /** The threshold at first, 0..0.95. @default 0.8 */
  readonly threshold?: number;
  /** Computes all 20 thresholds now, so that the exported page moves too. @default false */
  readonly precompute?: boolean;
}

/** What a threshold gives: of all images and of each class, by the true class. */
export interface ThresholdView {
  readonly threshold: number;
  /** The share of the images that is answered. */
  readonly answered: Proportion;
  /** The accuracy among those; undefined if none is answered. */
  readonly accuracy: Proportion | undefined;
  readonly perClass: readonly (Pick<ThresholdView, 'answered' | 'accuracy'> & { readonly className: string })[];
}

/**
 * Lets a slider choose from which probability on a classifier answers, and shows how many images are answered and how
 * often that is right, in all and by true class, with 95 % intervals. A threshold chosen by what is seen here looks
 * better than it is: choose it on validation images and test it on others.
 * @example
 * exploreThreshold(evaluation, { precompute: true });
 */
export const exploreThreshold = (
  evaluation: Evaluation,
  { threshold = 0.8, precompute = false }: ExploreThresholdOptions = {},
): Interaction<ThresholdView> =>
  interact(
    { threshold: slider(0, 0.95, { value: threshold, step: 0.05 }) },
    ({ threshold }) => viewAt(evaluation, threshold),
    { precompute, keep: 0, draw: (view) => tableOf(view, evaluationCaption(evaluation)) },
  );

function viewAt({ confidence, right, labels, classNames }: Evaluation, threshold: number): ThresholdView {
  const count = (of: (i: number) => boolean): Pick<ThresholdView, 'answered' | 'accuracy'> | undefined => {
    let [all, answered, correct] = [0, 0, 0];
    for (let i = 0; i < labels.length; i++) {
      if (!of(i)) continue;
      all++;
      if (confidence[i] < threshold) continue;
      answered++;
      correct += right[i];
    }
    if (!all) return undefined; // a class without an image
    return { answered: proportion(answered, all), accuracy: answered ? proportion(correct, answered) : undefined };
  };
  const perClass = classNames.flatMap((className, k) => {
    const counted = count((i) => labels[i] === k);
    return counted ? [{ className, ...counted }] : [];
  });
  return { threshold, ...count(() => true)!, perClass };
}

const CELL = 'padding:2px 10px 2px 0;text-align:left;white-space:nowrap';

function tableOf({ threshold, answered, accuracy, perClass }: ThresholdView, caption: string): string {
  const head = ['class', 'answered', 'right among those'].map((text) => `<th scope="col" style="${CELL}">${text}</th>`);
  const row = (name: string, of: Pick<ThresholdView, 'answered' | 'accuracy'>): string =>
    `<tr><th scope="row" style="${CELL};font-weight:400">${escapeHtml(name)}</th>` +
    `<td style="${CELL}">${bar(of.answered)}</td>` +
    `<td style="${CELL}">${of.accuracy ? bar(of.accuracy) : 'none is answered'}</td></tr>`;
  const rows = [row('all', { answered, accuracy }), ...perClass.map((one) => row(one.className, one))];
  return (
    `<div style="${CARD}">${cardLine(`Answers from a probability of ${threshold}`, HEADING, 560)}` +
    `<div style="overflow-x:auto"><table style="border-collapse:collapse;color:#222;font:12px system-ui,sans-serif">` +
    `<tr>${head.join('')}</tr>${rows.join('')}</table></div>${cardLine(caption, NOTE, 560)}</div>`
  );
}

/** Writes a share as a bar, its number and its interval. */
function bar({ value, interval: [low, high], n }: Proportion): string {
  const box = 'display:inline-block;width:100px;height:10px;background:#eee;margin-right:6px';
  const full = `display:block;width:${(100 * value).toFixed(1)}%;height:10px;background:#0072B2`;
  const limits = `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`;
  return `<span style="${box}"><span style="${full}"></span></span>${percent(value)} <small>(${limits}; of ${n})</small>`;
}
