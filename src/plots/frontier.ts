import * as Plot from '@observablehq/plot';
import type { Proportion } from '../training/interval.ts';
import { COLOURS, percent, plotCard } from './card.ts';

/** One choice: what it costs and what it gives. */
export interface Choice {
  readonly name: string;
  /** Milliseconds an image, say. */
  readonly cost: number;
  readonly accuracy: Proportion;
}

/**
 * Accuracy, with its 95 % interval, over cost; a line joins the choices that no other one beats in both.
 * @param options.cost names the axis, with its unit
 * @param options.log a logarithmic axis @default true
 */
export function frontierPlot(
  choices: readonly Choice[],
  {
    cost,
    title = 'Accuracy and cost',
    caption,
    log = true,
  }: { readonly cost: string; readonly title?: string; readonly caption?: string; readonly log?: boolean },
): string {
  const rows = choices.map(({ name, cost: x, accuracy }) => {
    const [low, high] = accuracy.interval;
    return { name, x, y: 100 * accuracy.value, low: 100 * low, high: 100 * high, title: `${name}: ${percent(accuracy.value)} (95 % interval ${percent(low)} to ${percent(high)}), ${x.toPrecision(3)}` };
  }); // prettier-ignore
  const best = frontier(choices).map((choice) => rows[choices.indexOf(choice)]);
  const span = Math.max(...rows.map((row) => row.x)) / Math.min(...rows.map((row) => row.x));
  const levels = raised(rows, log && span > 1);
  return plotCard(
    {
      width: 600,
      height: 330 + 13 * Math.max(...levels),
      marginBottom: 42,
      marginLeft: 46,
      marginRight: 12,
      insetLeft: 50,
      insetRight: 50,
      marginTop: 24 + 13 * Math.max(...levels),
      x: {
        label: cost,
        labelOffset: 38,
        ...(log && span > 1 && { type: 'log', ticks: roundNumbers(rows.map((row) => row.x)), tickFormat: (v: number) => v.toLocaleString('en-US') }),
      },
      y: { label: 'test accuracy (%)', grid: true, nice: true },
      marks: [
        Plot.lineY(best, { x: 'x', y: 'y', stroke: COLOURS.training, strokeOpacity: 0.5, strokeWidth: 1.5 }),
        Plot.ruleX(rows, { x: 'x', y1: 'low', y2: 'high', stroke: '#222', strokeWidth: 1.2, marker: 'tick' }),
        Plot.dot(rows, { x: 'x', y: 'y', r: 4, fill: COLOURS.training, title: 'title' }),
        // above the interval; one line higher for each name that would be in the way
        ...rows.map((row, i) => Plot.text([row], { x: 'x', y: 'high', text: 'name', dy: -9 - 13 * levels[i] })),
      ],
    },
    { title, caption, alt: `${title}: ${rows.map((row) => `${row.name} ${row.y.toFixed(1)} % at ${row.x.toPrecision(3)}`).join('; ')}.` },
  );
}

/** How many lines each name has to go up, so that no two overlap. */
function raised(rows: readonly { readonly name: string; readonly x: number }[], log: boolean): number[] {
  const along = (x: number): number => (log ? Math.log(x) : x);
  const values = rows.map(({ x }) => along(x));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const levels: number[] = rows.map(() => 0);
  const order = [...rows.keys()].sort((a, b) => values[a] - values[b]);
  order.forEach((i, at) => {
    const place = (k: number): number => (440 * (values[k] - low)) / (high - low || 1);
    const near = order.slice(0, at).filter((k) => place(i) - place(k) < 3.3 * (rows[i].name.length + rows[k].name.length) + 8);
    while (near.some((k) => levels[k] === levels[i])) levels[i]++;
  });
  return levels;
}

/** 1, 2, 5, 10, 20 … between the smallest and the largest value. */
function roundNumbers(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const powers = Array.from({ length: 13 }, (_, i) => 10 ** (i - 4));
  return powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((v) => v >= low / 1.1 && v <= high * 1.1);
}

/** The choices that no other beats in both cost and accuracy, cheapest first. */
export function frontier(choices: readonly Choice[]): Choice[] {
  let most = -1;
  return [...choices]
    .sort((a, b) => a.cost - b.cost || b.accuracy.value - a.accuracy.value)
    .filter(({ accuracy }) => accuracy.value > most && (most = accuracy.value) >= 0);
}
