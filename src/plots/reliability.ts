import * as Plot from '@observablehq/plot';
import { type Evaluation, untempered } from '../training/evaluation/evaluation.ts';
import { proportion } from '../training/evaluation/interval.ts';
import { evaluationCaption, type EvaluationPlotOptions, joinCaption } from './frame/captions.ts';
import { COLOURS, count, percent, plotCard } from './frame/card.ts';

/** A bin of one series, in per cent. */
interface Row {
  readonly series: string;
  readonly confidence: number;
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Radius of the largest bin's dot, in pixels. */
const RADIUS = 9;

/**
 * Draws a reliability diagram: how often guesses are right, by how sure the model was, in 15 bins, with 95 % Wilson
 * intervals; a dot's area is the number of images. On the diagonal a model is right as often as it says; below it is
 * too sure. If it has a temperature, its guesses at temperature 1 are drawn as well.
 * @returns HTML
 * @example
 * show(reliabilityDiagram(evaluation));
 */
export function reliabilityDiagram(
  evaluation: Evaluation,
  { caption, history, document }: EvaluationPlotOptions = {},
): string {
  const { temperature } = evaluation;
  const scaled = temperature !== 1;
  const own = `temperature ${scaled ? temperature.toFixed(2) : '1'}`;
  const before = scaled ? untempered(evaluation) : undefined;
  const [now, then] = [rowsOf(evaluation, own), before ? rowsOf(before, 'temperature 1') : []];
  const largest = Math.max(...[...now, ...then].map(({ n }) => n));
  const radius = ({ n }: Row): number => Math.max(3, RADIUS * Math.sqrt(n / largest));
  const title = ({ series, confidence, accuracy, low, high, n }: Row): string =>
    `${series}: ${confidence.toFixed(1)} % sure, ${accuracy.toFixed(1)} % of ${count(n)} right ` +
    `(95 % interval ${low.toFixed(1)} to ${high.toFixed(1)})`;
  const errors = [
    `expected calibration error ${percent(evaluation.reliability.error)} (15 bins)`,
    before && `at temperature 1 ${percent(before.reliability.error)}`,
  ];
  const axis = { domain: [0, 100], grid: true, ticks: 5 } as const;
  return plotCard(
    {
      width: 420,
      height: 400,
      marginLeft: 46,
      marginBottom: 42,
      marginRight: 20,
      x: { ...axis, label: 'how sure it was (%)', labelOffset: 38 },
      y: { ...axis, label: 'how often it was right (%)' },
      r: { type: 'identity' },
      ...(scaled && {
        color: {
          type: 'categorical',
          domain: ['temperature 1', own],
          range: [COLOURS.validation, COLOURS.training],
          legend: true,
        },
      }),
      marks: [
        Plot.link([0], { x1: 0, y1: 0, x2: 100, y2: 100, stroke: COLOURS.neutral, strokeDasharray: '4 3' }),
        Plot.lineY(then, { x: 'confidence', y: 'accuracy', stroke: 'series', strokeOpacity: 0.5 }),
        Plot.dot(then, { x: 'confidence', y: 'accuracy', r: radius, stroke: 'series', title }),
        Plot.ruleX(now, { x: 'confidence', y1: 'low', y2: 'high', stroke: scaled ? 'series' : COLOURS.training }),
        Plot.dot(now, {
          x: 'confidence',
          y: 'accuracy',
          r: radius,
          fill: scaled ? 'series' : COLOURS.training,
          stroke: 'white',
          title,
        }),
      ],
    },
    {
      title: 'Is it right as often as it says?',
      alt: `Reliability diagram: ${errors.filter(Boolean).join(', ')}.`,
      caption:
        caption ?? joinCaption(...errors, evaluationCaption(evaluation, history), 'a dot’s area: how many images'),
      document,
    },
  );
}

const rowsOf = ({ reliability }: Evaluation, series: string): Row[] =>
  reliability.bins.map(({ n, confidence, accuracy }) => {
    const [low, high] = proportion(Math.round(accuracy * n), n).interval;
    return { series, confidence: 100 * confidence, accuracy: 100 * accuracy, low: 100 * low, high: 100 * high, n };
  });
