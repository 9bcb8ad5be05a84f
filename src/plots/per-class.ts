import * as Plot from '@observablehq/plot';
import type { Evaluation } from '../training/evaluation/evaluation.ts';
import { evaluationCaption, type EvaluationPlotOptions } from './frame/captions.ts';
import { classColour, percent, plotCard } from './frame/card.ts';

interface Row {
  readonly name: string;
  readonly colour: string;
  /** In per cent, as is its interval. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/**
 * Draws the accuracy of each class with its 95 % Wilson interval, best first. Classes without an image are left out.
 * @returns HTML
 * @example
 * show(perClassAccuracy(evaluation));
 */
export function perClassAccuracy(
  evaluation: Evaluation,
  { caption, history, document }: EvaluationPlotOptions = {},
): string {
  const rows = evaluation.perClass
    .flatMap(({ className: name, n, recall }, k): Row[] => {
      if (!recall) return [];
      const [low, high] = recall.interval;
      return [{ name, colour: classColour(k), value: 100 * recall.value, low: 100 * low, high: 100 * high, n }];
    })
    .sort((a, b) => b.value - a.value);
  const said = ({ name, value, n }: Row): string => `${name} with ${percent(value / 100)} of ${n}`;
  const title = ({ name, value, low, high, n }: Row): string =>
    `${name}: ${value.toFixed(1)} % of ${n} (95 % interval ${low.toFixed(1)} to ${high.toFixed(1)})`;
  return plotCard(
    {
      width: 560,
      height: 50 + rows.length * 26,
      marginTop: 8,
      marginBottom: 42,
      marginLeft: 16 + Math.max(...rows.map((row) => row.name.length)) * 6.6,
      marginRight: 60, // "100.0 %"
      x: { label: 'accuracy (%)', domain: [0, 100], grid: true, labelOffset: 38 },
      y: { label: null, domain: rows.map((row) => row.name), padding: 0.3 },
      marks: [
        Plot.barX(rows, { x: 'value', y: 'name', fill: 'colour', title }),
        Plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'name', stroke: '#222', strokeWidth: 1.5, marker: 'tick' }),
        Plot.text(rows, { x: 100, y: 'name', text: valueText, textAnchor: 'start', dx: 6 }),
      ],
    },
    {
      title: 'Accuracy by class, with 95 % intervals',
      alt: `Accuracy by class: best ${said(rows[0])}, worst ${said(rows.at(-1)!)}.`,
      caption: caption ?? evaluationCaption(evaluation, history),
      document,
    },
  );
}

const valueText = ({ value }: Row): string => `${value.toFixed(1)} %`;
