import * as Plot from '@observablehq/plot';
import type { LearningRates } from '../../training/find-learning-rate.ts';
import { joinCaption } from '../frame/captions.ts';
import { COLOURS, type DrawOptions, plotCard } from '../frame/card.ts';

/**
 * Draws the loss while the learning rate rises, and the rate to start with, as HTML.
 * @example
 * show(learningRatePlot(await findLearningRate(head, train)));
 */
export function learningRatePlot(
  { rows, suggestion, basis }: Omit<LearningRates, 'kind'>,
  { caption, document }: DrawOptions = {},
): string {
  const found = `falls fastest at ${suggestion.toExponential(1)}`;
  const fill = COLOURS.validation;
  const rates = rows.map(({ learningRate }) => Math.log(learningRate));
  const [first, last] = [Math.min(...rates), Math.max(...rates)];
  const side = // where there is more room
    2 * Math.log(suggestion) > first + last
      ? ({ textAnchor: 'end', dx: -6 } as const)
      : ({ textAnchor: 'start', dx: 6 } as const);
  return plotCard(
    {
      width: 560,
      height: 300,
      marginBottom: 42,
      marginLeft: 46,
      x: { label: 'learning rate', type: 'log', labelOffset: 38, ticks: 6, tickFormat: '~e' },
      y: { label: 'loss (nats)', grid: true, nice: true },
      marks: [
        Plot.dot(rows, { x: 'learningRate', y: 'loss', r: 1.8, fill: '#999' }),
        Plot.lineY(rows, { x: 'learningRate', y: 'smoothed', stroke: COLOURS.training, strokeWidth: 2 }),
        Plot.ruleX([suggestion], { stroke: fill, strokeWidth: 1.5, strokeDasharray: '4,3' }),
        Plot.text([found], { x: () => suggestion, frameAnchor: 'top', ...side, dy: 4, fill }),
      ],
    },
    {
      title: 'Loss while the learning rate rises',
      alt: `Loss by learning rate, ${rows.length} steps; it ${found}.`,
      caption: caption ?? joinCaption(basis, `${rows.length} steps; dots: each step, line: running mean`),
      document,
    },
  );
}
