import * as Plot from '@observablehq/plot';
import { formatNumber } from '../../text/numbers.ts';
import { type Proportion, proportionText } from '../../training/evaluation/interval.ts';
import { joinCaption } from '../frame/captions.ts';
import { COLOURS, count, type DrawOptions, plotCard } from '../frame/card.ts';
import { LETTER, numbersApart, shortLabel } from '../frame/labels.ts';

/** One choice, with its cost and its accuracy. */
export interface Choice {
  readonly name: string;
  /** The cost, milliseconds an image, say. */
  readonly cost: number;
  readonly accuracy: Proportion;
}

/** Width of the picture, height of the area with the choices, and the height of a name, in pixels. */
const [WIDTH, HEIGHT, LINE] = [600, 264, 13];
/** Room left and right of the area with the choices, and between its edges and the outer choices, in pixels. */
const [LEFT, RIGHT, INSET] = [46, 14, 40];
/** The distance from an interval's end to the middle of its name, in pixels. */
const APART = 9;
/** Room for the axis' label and, below it, the name of the highest choice. */
const TOP = 38;
/** Ratio of largest to smallest cost: below it a logarithmic axis would have one round number, or none. */
const LOGARITHMIC_FROM = 4;

export interface FrontierOptions extends DrawOptions {
  /** Names the axis, with its unit. */
  readonly cost: string;
  /** @default 'Accuracy and cost' */
  readonly title?: string;
  /** Uses a logarithmic axis if costs differ by a factor of four or more. @default true */
  readonly log?: boolean;
  /** What all of them are based on: `basis` of a sweep. */
  readonly basis?: string;
}

/**
 * Draws accuracy, with its 95 % interval, over cost; a line joins the choices that no other one beats in both.
 * @returns HTML
 * @example
 * const accuracy = meanAccuracy(swept.runs);
 * show(frontierPlot([{ name: 'vgg19-mini', cost: 2, accuracy }], { cost: 'milliseconds an image' }));
 */
export function frontierPlot(choices: readonly Choice[], options: FrontierOptions): string {
  const { cost, title = 'Accuracy and cost', log = true, basis, caption, document } = options;
  const rows = choices.map(({ name, cost: x, accuracy }) => {
    const [low, high] = accuracy.interval.map((share) => 100 * share);
    const text = `${name}: ${proportionText(accuracy)}, ${threeDigits(x)}`;
    return { name, x, y: 100 * accuracy.value, low, high, text };
  });
  const best = frontier(choices).map((choice) => rows[choices.indexOf(choice)]);
  const costs = rows.map((row) => row.x);
  const logarithmic = log && Math.max(...costs) >= LOGARITHMIC_FROM * Math.min(...costs);
  const along = (x: number): number => (logarithmic ? Math.log(x) : x);
  const [left, right] = [Math.min(...costs), Math.max(...costs)].map(along);
  const top = Math.max(...rows.map((row) => row.high));
  const lowest = Math.min(...rows.map((row) => row.low));
  const bottom = Math.max(0, lowest - 0.05 * (top - lowest)); // the lowest interval ends above the axis
  const down = (percent: number): number => (HEIGHT * (top - percent)) / (top - bottom);
  const sizes = [...new Set(choices.map(({ accuracy }) => count(accuracy.n)))];
  const reading = `bars: 95 % intervals, n = ${sizes.join(', ')} test images; line: what no other one beats in both on these`;
  const drawn = (width = WIDTH): Plot.PlotOptions => {
    const letters = Math.floor((width - LEFT - 8) / LETTER);
    const area = width - LEFT - RIGHT - 2 * INSET;
    const places = nameHeights(
      rows.map(({ name: whole, x, high, low }) => {
        const name = shortLabel(whole, letters);
        const px = left === right ? area / 2 : (area * (along(x) - left)) / (right - left);
        const half = (LETTER * name.length) / 2;
        // a long name is moved so that it ends within the picture
        const middle = Math.min(Math.max(px, half - INSET + 4), area + INSET + RIGHT - half - 4);
        return { name, px, middle, high: down(high), low: down(low) };
      }),
    );
    const above = Math.max(0, ...places.map(({ y }) => -APART - y));
    return {
      width,
      height: TOP + above + HEIGHT + 42,
      marginBottom: 42,
      marginLeft: LEFT,
      marginRight: RIGHT,
      insetLeft: INSET,
      insetRight: INSET,
      marginTop: TOP + above,
      x: {
        label: cost,
        labelOffset: 38,
        ...(logarithmic && {
          type: 'log',
          ticks: numbersApart(roundNumbers(costs), { area, along, text: count }),
          tickFormat: count,
        }),
        ...(!logarithmic && { ticks: Math.floor(area / 80) }),
      },
      y: { label: 'test accuracy (%)', grid: true, domain: [bottom, top] },
      marks: [
        Plot.lineY(best, { x: 'x', y: 'y', stroke: COLOURS.training, strokeOpacity: 0.5, strokeWidth: 1.5 }),
        Plot.ruleX(rows, { x: 'x', y1: 'low', y2: 'high', stroke: '#222', strokeWidth: 1.2, marker: 'tick' }),
        Plot.dot(rows, { x: 'x', y: 'y', r: 4, fill: COLOURS.training, title: 'text' }),
        ...rows.map(({ x }, i) => {
          const { y, middle, px, name } = places[i];
          const at = { x: () => x, y: () => top - (y * (top - bottom)) / HEIGHT, dx: middle - px };
          return Plot.text([name], { ...at, fill: '#222', stroke: '#fff', strokeWidth: 4 });
        }),
      ],
    };
  };
  return plotCard(drawn, {
    title,
    caption: caption ?? joinCaption(basis, reading),
    alt: `${title}: ${rows.map(({ name, x, y }) => `${name} ${y.toFixed(1)} % at ${threeDigits(x)}`).join('; ')}.`,
    document,
  });
}

interface Named {
  readonly name: string;
  /** Where its interval is, and where the middle of its name is, from the left. */
  readonly px: number;
  readonly middle: number;
  /** The interval's ends, measured downwards. */
  readonly high: number;
  readonly low: number;
}

/**
 * Places each name, in pixels downwards: above its interval, else below it, else line by line higher, so that no two
 * names overlap and none lies on another's interval.
 */
function nameHeights<N extends Named>(rows: readonly N[]): (N & { readonly y: number })[] {
  const heights: number[] = [];
  const width = ({ name }: Named): number => LETTER * name.length;
  const order = [...rows.keys()].sort((a, b) => rows[a].px - rows[b].px);
  order.forEach((i, at) => {
    const row = rows[i];
    const away = (k: number): number => Math.abs(row.middle - rows[k].middle);
    const others = order.filter((k) => k !== i && Math.abs(row.middle - rows[k].px) < width(row) / 2 + 2);
    const near = order.slice(0, at).filter((k) => away(k) < (width(row) + width(rows[k])) / 2 + 8);
    const free = (y: number): boolean =>
      near.every((k) => Math.abs(heights[k] - y) >= LINE) &&
      others.every((k) => y + LINE / 2 < rows[k].high || y - LINE / 2 > rows[k].low);
    const below = row.low + APART + 1;
    let y = row.high - APART;
    if (!free(y) && below + LINE / 2 <= HEIGHT && free(below)) y = below;
    while (!free(y)) y -= LINE;
    heights[i] = y;
  });
  return rows.map((row, i) => ({ ...row, y: heights[i] }));
}

/** Gives 1, 2, 5, 10, 20 … between the smallest and the largest value; if these are only one or two, others between. */
function roundNumbers(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values) / 1.1, Math.max(...values) * 1.1];
  const powers = Array.from({ length: 13 }, (_, i) => 10 ** (i - 4));
  const among = (steps: readonly number[]): number[] =>
    powers.flatMap((power) => steps.map((step) => step * power)).filter((v) => v >= low && v <= high);
  const few = among([1, 2, 5]);
  return few.length > 2 ? few : among([1, 2, 3, 4, 6, 8]);
}

/** Gives the choices that no other beats in both cost and accuracy, cheapest first. */
export function frontier(choices: readonly Choice[]): Choice[] {
  let most = -1;
  return [...choices]
    .sort((a, b) => a.cost - b.cost || b.accuracy.value - a.accuracy.value)
    .filter(({ accuracy }) => accuracy.value > most && (most = accuracy.value) >= 0);
}

const threeDigits = (x: number): string => formatNumber(Number(x.toPrecision(3)));
