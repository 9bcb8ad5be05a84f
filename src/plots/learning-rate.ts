import * as Plot from '@observablehq/plot';
import type { LearningRates } from '../training/find-learning-rate.ts';
import { COLOURS, plotCard } from './card.ts';

/** The loss while the learning rate rises, and the rate to start with. */
export function learningRatePlot({ rows, suggestion }: LearningRates, { caption }: { readonly caption?: string } = {}): string {
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
        Plot.ruleX([suggestion], { stroke: COLOURS.validation, strokeWidth: 1.5, strokeDasharray: '4,3' }),
        Plot.text([suggestion], { x: (rate: number) => rate, frameAnchor: 'top', text: (rate: number) => `falls fastest at ${rate.toExponential(1)}`, textAnchor: 'start', dx: 6, dy: 4, fill: COLOURS.validation }),
      ],
    },
    {
      title: 'Loss while the learning rate rises',
      alt: `Loss by learning rate, ${rows.length} steps; it falls fastest at ${suggestion.toExponential(1)}.`,
      caption: caption ?? `${rows.length} steps; dots: each step, line: running mean`,
    },
  ); // prettier-ignore
}
