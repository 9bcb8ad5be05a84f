import * as Plot from '@observablehq/plot';
import { type Proportion, proportionText } from '../training/interval.ts';
import { joined } from './captions.ts';
import { COLOURS, count, type DrawOptions, plotCard } from './card.ts';

/** One choice: what it costs and what it gives. */
export interface Choice {
  readonly name: string;
  /** Milliseconds an image, say. */
  readonly cost: number;
  readonly accuracy: Proportion;
}

export interface FrontierOptions extends DrawOptions {
  /** Names the axis, with its unit. */
  readonly cost: string;
  /** @default 'Accuracy and cost' */
  readonly title?: string;
  /** A logarithmic axis. @default true */
  readonly log?: boolean;
  /** What all of them rest on: `basis` of a sweep. */
  readonly basis?: string;
}

/**
 * Accuracy, with its 95 % interval, over cost; a line joins the choices that no other one beats in both.
 * @returns HTML
 */
export function frontierPlot(choices: readonly Choice[], options: FrontierOptions): string {
  const { cost, title = 'Accuracy and cost', log = true, basis, caption, document } = options;
  const rows = choices.map(({ name, cost: x, accuracy }) => {
    const [low, high] = accuracy.interval.map((share) => 100 * share);
    const text = `${name}: ${proportionText(accuracy)}, ${x.toPrecision(3)}`;
    return { name, x, y: 100 * accuracy.value, low, high, text };
  });
  const best = frontier(choices).map((choice) => rows[choices.indexOf(choice)]);
  const costs = rows.map((row) => row.x);
  const logarithmic = log && Math.max(...costs) > Math.min(...costs);
  const levels = raised(rows, logarithmic);
  const above = 13 * Math.max(...levels);
  const sizes = [...new Set(choices.map(({ accuracy }) => count(accuracy.n)))];
  const reading = `bars: 95 % intervals, n = ${sizes.join(', ')} test images; line: what no other one beats in both`;
  return plotCard(
    {
      width: 600,
      height: 330 + above,
      marginBottom: 42,
      marginLeft: 46,
      marginRight: 12,
      insetLeft: 50,
      insetRight: 50,
      marginTop: 24 + above,
      x: {
        label: cost,
        labelOffset: 38,
        ...(logarithmic && { type: 'log', ticks: roundNumbers(costs), tickFormat: count }),
      },
      y: { label: 'test accuracy (%)', grid: true, nice: true },
      marks: [
        Plot.lineY(best, { x: 'x', y: 'y', stroke: COLOURS.training, strokeOpacity: 0.5, strokeWidth: 1.5 }),
        Plot.ruleX(rows, { x: 'x', y1: 'low', y2: 'high', stroke: '#222', strokeWidth: 1.2, marker: 'tick' }),
        Plot.dot(rows, { x: 'x', y: 'y', r: 4, fill: COLOURS.training, title: 'text' }),
        // above the interval; one line higher for each name that would be in the way
        ...rows.map((row, i) => Plot.text([row], { x: 'x', y: 'high', text: 'name', dy: -9 - 13 * levels[i] })),
      ],
    },
    {
      title,
      caption: caption ?? joined(basis, reading),
      alt: `${title}: ${rows.map(({ name, x, y }) => `${name} ${y.toFixed(1)} % at ${x.toPrecision(3)}`).join('; ')}.`,
      document,
    },
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
    const near = order
      .slice(0, at)
      .filter((k) => place(i) - place(k) < 3.3 * (rows[i].name.length + rows[k].name.length) + 8);
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
