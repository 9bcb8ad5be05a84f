import * as Plot from '@observablehq/plot';
import type { Difference } from '../experiments/compare.ts';
import { COLOURS, plotCard } from './card.ts';

/**
 * Differences to a common baseline, each with its interval; those whose interval holds 0 are grey.
 * @param rows as `compareAll` gives them
 * @param options.base what they are compared with
 */
export function differencesPlot(
  rows: readonly { readonly name: string; readonly difference: Difference }[],
  { base, caption }: { readonly base: string; readonly caption?: string },
): string {
  const drawn = rows.map(({ name, difference: { value, interval } }) => {
    const [low, high] = interval.map((share) => 100 * share);
    const colour = low > 0 ? COLOURS.training : high < 0 ? COLOURS.validation : '#8a8a8a';
    return { name, value: 100 * value, low, high, colour };
  });
  const shown = drawn.filter(({ low, high }) => low > 0 || high < 0);
  const n = rows[0]?.difference.n ?? 0;
  const basis = `intervals: 95 %${rows.length > 1 ? ` for all ${rows.length} comparisons together` : ''}, paired over n = ${n.toLocaleString('en-US')} test images and over seeds; grey: no difference shown`;
  return plotCard(
    {
      width: 600,
      height: 66 + drawn.length * 28,
      marginBottom: 44,
      marginLeft: 20 + Math.max(...drawn.map(({ name }) => name.length)) * 6.6,
      marginRight: 24,
      x: { label: `points of accuracy more than ${base}`, grid: true, nice: true, labelOffset: 38 },
      y: { label: null, domain: drawn.map(({ name }) => name), padding: 0.4, type: 'band' },
      marks: [
        Plot.ruleX([0], { stroke: '#222' }),
        Plot.ruleY(drawn, { x1: 'low', x2: 'high', y: 'name', stroke: 'colour', strokeWidth: 2, marker: 'tick' }),
        Plot.dot(drawn, {
          x: 'value',
          y: 'name',
          r: 4.5,
          fill: 'colour',
          title: (row: (typeof drawn)[number]) => `${row.name}: ${row.value.toFixed(1)} points (${row.low.toFixed(1)} to ${row.high.toFixed(1)})`,
        }),
      ],
    },
    {
      title: `Difference to ${base}`,
      alt: `Differences to ${base} with intervals: ${shown.length ? shown.map(({ name, value }) => `${name} ${value.toFixed(1)} points`).join('; ') : 'none shown'}.`,
      caption: caption ? `${caption}; ${basis}` : basis,
    },
  );
}
