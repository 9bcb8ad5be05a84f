import * as Plot from '@observablehq/plot';
import type { Evaluation } from '../training/evaluation/evaluation.ts';
import { evaluationCaption, type EvaluationPlotOptions } from './frame/captions.ts';
import { count, percent, plotCard } from './frame/card.ts';

interface Cell {
  readonly truth: string;
  readonly guess: string;
  readonly count: number;
  readonly share: number;
}

/** The least width in pixels: both axes have their names above the cells, one at each end. */
const NARROWEST = 190;
/** The least side of a cell on a narrow screen, in pixels: a number of three digits fits. */
const SMALLEST_CELL = 20;

/**
 * Shows which class is taken for which: each row shows where the images of one class went, in per cent of that class.
 * @returns HTML
 * @example
 * show(confusionMatrix(evaluation, { history }));
 */
export function confusionMatrix(
  evaluation: Evaluation,
  { caption, history, document }: EvaluationPlotOptions = {},
): string {
  const { labels, predictions, classNames } = evaluation;
  const k = classNames.length;
  const counts = confusionCounts(labels, predictions, k);
  const cells = classNames.flatMap((truth, i): Cell[] => {
    const total = counts.subarray(i * k, (i + 1) * k).reduce((a, b) => a + b, 0);
    return classNames.map((guess, j) => {
      const n = counts[i * k + j];
      return { truth, guess, count: n, share: total ? n / total : 0 };
    });
  });
  const mistakes = cells.filter(({ truth, guess, count: n }) => truth !== guess && n).sort((a, b) => b.share - a.share);
  const worst = mistakes[0]
    ? `The most frequent mistake: ${percent(mistakes[0].share)} of ${mistakes[0].truth} taken for ${mistakes[0].guess}.`
    : 'No mistakes.';
  const longest = Math.max(...classNames.map((name) => name.length));
  // short names leave too little room beside them for the axes' own names
  const margin = Math.max(16 + longest * 6.4, Math.min(60, 36 + longest * 6.4));
  const labelled = { domain: [...classNames], tickSize: 3, labelOffset: margin - 6 };
  // the axis' name stands above the names of classes, which lean
  const above = margin + 14;
  const drawn = (width?: number): Plot.PlotOptions => {
    const most = width === undefined ? 460 / k : Math.max(SMALLEST_CELL, (width - margin - 24) / k);
    const side = Math.max(width === undefined ? 30 : SMALLEST_CELL, Math.min(46, most), (NARROWEST - margin) / k);
    // names above the cells lean to the right, over the last cell's edge
    const right = Math.max(8, ...classNames.map((name, j) => name.length * 4.7 - side * (k - j - 0.5)));
    return {
      width: margin + side * k + right + 4,
      height: above + side * k + 12,
      marginLeft: margin,
      marginTop: above,
      marginBottom: 8,
      marginRight: right,
      padding: 0.04,
      x: {
        ...labelled,
        labelOffset: above - 6,
        label: 'predicted',
        axis: 'top',
        tickRotate: -45,
        labelAnchor: 'right',
      },
      y: { ...labelled, label: 'true class', labelAnchor: 'top' },
      color: { type: 'linear', domain: [0, 1], interpolate: blues },
      marks: [
        Plot.cell(cells, { x: 'guess', y: 'truth', fill: ({ share }: Cell) => Math.sqrt(share), title: cellText }),
        Plot.text(
          cells.filter((cell) => cell.share >= 0.005),
          {
            x: 'guess',
            y: 'truth',
            text: ({ share }: Cell) => (100 * share).toFixed(0),
            fill: ({ share }: Cell) => (share > 0.3 ? 'white' : '#222'),
            fontSize: 11,
          },
        ),
      ],
    };
  };
  return plotCard(drawn, {
    title: 'Confusion matrix, % of each true class',
    alt: `Confusion matrix of ${k} classes. ${worst}`,
    caption: caption ?? evaluationCaption(evaluation, history),
    document,
  });
}

/**
 * Counts which class was taken for which.
 * @returns [K, K]: row = true class, column = predicted class
 */
export function confusionCounts(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number,
): Int32Array {
  if (labels.length !== predictions.length)
    throw new RangeError(
      `confusion matrix: expected as many predictions as labels (${labels.length}); got ${predictions.length}.`,
    );
  const wrong = [labels, predictions].flatMap((values) => Array.from(values)).find((k) => !(k >= 0 && k < classes));
  if (wrong !== undefined) throw new RangeError(`confusion matrix: expected classes 0..${classes - 1}; got ${wrong}.`);
  const counts = new Int32Array(classes * classes);
  for (let i = 0; i < labels.length; i++) counts[labels[i] * classes + predictions[i]]++;
  return counts;
}

const cellText = ({ truth, guess, count: n, share }: Cell): string =>
  `${truth} taken for ${guess}: ${count(n)} images, ${percent(share)}`;

/** Gives a colour from white to dark blue; lightness falls evenly. */
function blues(t: number): string {
  const mix = (a: number, b: number): number => Math.round(a + (b - a) * t);
  return `rgb(${mix(247, 8)},${mix(250, 64)},${mix(253, 129)})`;
}
