import * as Plot from '@observablehq/plot';
import { COLOURS, percent, plotCard } from './card.ts';

/** How sure a classifier is of each class, most probable first. */
export function probabilityBars(
  ranking: readonly { readonly className: string; readonly probability: number }[],
  { title, caption }: { readonly title?: string; readonly caption?: string } = {},
): string {
  const rows = ranking.map(({ className, probability }) => ({ className, value: 100 * probability }));
  return plotCard(
    {
      width: 420,
      height: 58 + rows.length * 20,
      marginBottom: 42,
      marginLeft: 16 + Math.max(...rows.map((row) => row.className.length)) * 6.6,
      marginRight: 52,
      x: { label: 'probability (%)', domain: [0, 100], grid: true, labelOffset: 38 },
      y: { label: null, domain: rows.map((row) => row.className), padding: 0.25 },
      marks: [
        Plot.barX(rows, { x: 'value', y: 'className', fill: COLOURS.training, fillOpacity: 0.75 }),
        Plot.text(rows, { x: 100, y: 'className', text: (row: (typeof rows)[number]) => `${row.value.toFixed(1)} %`, textAnchor: 'start', dx: 6 }),
      ],
    },
    { title, caption, alt: `Most probable: ${ranking.slice(0, 3).map((r) => `${r.className} ${percent(r.probability)}`).join(', ')}.` }, // prettier-ignore
  );
}
