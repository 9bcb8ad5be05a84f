import * as Plot from '@observablehq/plot';
import { proportion } from '../training/interval.ts';
import { classColour, percent, plotCard } from './card.ts';

/**
 * Accuracy of each class with its 95 % Wilson interval, best first.
 * @param options.caption what the figures rest on
 */
export function perClassAccuracy(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classNames: readonly string[],
  { caption }: { readonly caption?: string } = {},
): string {
  const rows = classNames
    .flatMap((name, k) => {
      const members = Array.from(labels, (_, i) => i).filter((i) => labels[i] === k);
      if (!members.length) return [];
      const { value, interval, n } = proportion(members.filter((i) => predictions[i] === k).length, members.length);
      return [{ name, colour: classColour(k), value: 100 * value, low: 100 * interval[0], high: 100 * interval[1], n }];
    })
    .sort((a, b) => b.value - a.value);
  const [best, worst] = [rows[0], rows.at(-1)!];
  const margin = 16 + Math.max(...rows.map((row) => row.name.length)) * 6.6;
  return plotCard(
    {
      width: 560,
      height: 62 + rows.length * 26,
      marginBottom: 42,
      marginLeft: margin,
      marginRight: 52,
      x: { label: 'accuracy (%)', domain: [0, 100], grid: true, labelOffset: 38 },
      y: { label: null, domain: rows.map((row) => row.name), padding: 0.3 },
      marks: [
        Plot.barX(rows, {
          x: 'value',
          y: 'name',
          fill: 'colour',
          title: (row: (typeof rows)[number]) =>
            `${row.name}: ${row.value.toFixed(1)} % of ${row.n} (95 % interval ${row.low.toFixed(1)} to ${row.high.toFixed(1)})`,
        }),
        Plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'name', stroke: '#222', strokeWidth: 1.5, marker: 'tick' }),
        Plot.text(rows, { x: 100, y: 'name', text: (row: (typeof rows)[number]) => `${row.value.toFixed(1)} %`, textAnchor: 'start', dx: 6 }),
      ],
    },
    {
      title: 'Accuracy by class, with 95 % intervals',
      alt: `Accuracy by class: best ${best.name} with ${percent(best.value / 100)} of ${best.n}, worst ${worst.name} with ${percent(worst.value / 100)} of ${worst.n}.`,
      caption,
    },
  );
}
