import { mkdirSync } from 'node:fs';
import * as Plot from '@observablehq/plot';
import { escapeHtml } from '../../text/html.ts';
import { classColour, count, plotCard } from '../../plots/frame/card.ts';
import { page, tableHtml } from '../../plots/frame/page.ts';
import { replaceFile } from '../../storage/files/replace-file.ts';
import type { Growth, Point } from './growth.ts';
import {
  type Line,
  memoryPoints,
  oneOf,
  type Scaling,
  secondsText,
  slopeText,
  timeOf,
  timePoints,
  worseText,
} from './scaling.ts';

/** What is drawn of a line: its cost at each size, and how it grows. */
interface Curve {
  readonly step: string;
  readonly points: readonly Point[];
  readonly growth: Growth;
}

/** Writes `results/scaling.json` and `results/scaling.html`. */
export function writeScaling(scaling: Scaling): void {
  mkdirSync('results', { recursive: true });
  replaceFile('results/scaling.json', `${JSON.stringify(scaling, null, 2)}\n`);
  replaceFile('results/scaling.html', scalingPage(scaling));
  console.log(`\n${worseText(scaling.lines)}\nwritten down in results/scaling.json and results/scaling.html`);
}

/** Writes the measurement as a page that needs nothing from elsewhere: a section for each thing that grows. */
export function scalingPage(scaling: Scaling): string {
  const { lines, machine, date, commit } = scaling;
  const basis = `${machine}; ${date.slice(0, 10)}, commit ${commit}`;
  const sections = [...new Set(lines.map(({ axis }) => axis))].map((axis) =>
    sectionOf(lines.filter((line) => line.axis === axis)),
  );
  const body = [
    '<h1>How cost grows</h1>',
    `<p>${escapeHtml(basis)}. ${escapeHtml(HOW)}</p>`,
    `<p><b>${escapeHtml(worseText(lines))}</b></p>`,
    ...sections,
  ];
  return page({ title: 'Graft: how cost grows', body: body.join('') });
}

const HOW =
  'Each size in a process of its own, the quickest of up to five turns. A slope is that of the logarithms, by least ' +
  'squares: 1 is linear. What a step costs at any size is taken off first, and sizes below twice as much are left ' +
  'out; “start-up” stands where that leaves none. Memory is what a step holds beside what was there before. Less than ' +
  '16 MiB count as 16, less than 1 ms as 1.';

function sectionOf(lines: readonly Line[]): string {
  const [{ axis, at }] = lines;
  const time = lines.map((line): Curve => ({ step: line.step, growth: line.time, points: timePoints(line) }));
  const memory = lines.flatMap((line): Curve[] =>
    line.memory ? [{ step: line.step, growth: line.memory, points: memoryPoints(line) }] : [],
  );
  const plots = [
    curves(time, { axis, label: lines.every(({ clock }) => clock === 'wall') ? 'seconds' : 'processor seconds' }),
    ...(memory.length ? [curves(memory, { axis, label: 'MiB' })] : []),
  ];
  return (
    `<h2>${escapeHtml(axis[0].toUpperCase() + axis.slice(1))}</h2><p>${escapeHtml(at)}</p>` +
    `<div style="display:flex;flex-wrap:wrap;gap:12px">${plots.join('')}</div>${tableHtml(scalingTable(lines))}`
  );
}

/** Gives the cells of the table, head first: what one item costs at the largest size. */
export const scalingTable = (lines: readonly Line[]): string[][] => [
  ['', lines[0].axis === 'threads' ? 'an image' : oneOf(lines[0].unit), 'slope', 'start-up', 'MiB', 'slope of memory'],
  ...lines.map(({ axis, step, clock, points, time, memory }) => {
    const last = points.at(-1)!;
    const each = timeOf(clock, last) / (axis === 'threads' ? 1 : last.size);
    return [
      step,
      secondsText(each),
      slopeText(time),
      secondsText(time.startUp),
      memory ? last.memoryMiB.toFixed(0) : '–',
      memory ? slopeText(memory) : '–',
    ];
  }),
];

/**
 * Narrow enough for a telephone without shrinking, so that its letters stay large; two stand side by side on a screen.
 */
const [WIDTH, HEIGHT, BOTTOM, TOP] = [420, 260, 38, 26];
/** Distance between two names at the right, in pixels. */
const APART = 14;

/** Draws curves on logarithmic axes, each with its name and slope at its end. */
function curves(all: readonly Curve[], { axis, label }: { readonly axis: string; readonly label: string }): string {
  const costs = all.flatMap(({ points }) => points.map(({ cost }) => cost));
  const [low, high] = [Math.min(...costs), Math.max(...costs)];
  const domain = [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high * 1.01))];
  const sizes = all[0].points.map(({ size }) => size);
  const named = (curve: Curve): string => `${curve.step} ${curve.growth.slope.toFixed(2)}`;
  const shifts = shiftsOf(all, domain);
  return plotCard(
    {
      width: WIDTH,
      height: HEIGHT,
      marginTop: TOP,
      marginBottom: BOTTOM,
      marginLeft: 46,
      marginRight: 24 + Math.max(...all.map((curve) => named(curve).length)) * 6.2,
      x: {
        type: 'log',
        label: axis,
        ticks: sizes.length > 4 ? [sizes[0], ...sizes.slice(2)] : sizes,
        tickFormat: brief,
      },
      y: { type: 'log', label, domain, grid: true, tickFormat: tens, ticks: powers(domain) },
      marks: all.flatMap((curve, i) => [
        Plot.line(curve.points, { x: 'size', y: 'cost', stroke: classColour(i), strokeWidth: 2 }),
        Plot.dot(curve.points, {
          x: 'size',
          y: 'cost',
          r: 3,
          fill: classColour(i),
          title: ({ size, cost }: Curve['points'][number]) => `${curve.step}, ${count(size)}: ${cost.toPrecision(3)}`,
        }),
        Plot.text(curve.points.slice(-1), {
          x: 'size',
          y: 'cost',
          text: () => named(curve),
          textAnchor: 'start',
          dx: 15,
          dy: shifts[i],
          fill: '#222',
        }),
        Plot.dot(curve.points.slice(-1), {
          x: 'size',
          y: 'cost',
          symbol: 'square',
          r: 4,
          fill: classColour(i),
          dx: 9,
          dy: shifts[i],
        }),
      ]),
    },
    {
      alt: `${label} by ${axis}; slopes: ${all.map((curve) => `${curve.step} ${slopeText(curve.growth)}`).join(', ')}.`,
    },
  );
}

/** Tells how far names at the right are moved down or up, so that none lies on another, in pixels. */
function shiftsOf(all: readonly Curve[], [low, high]: readonly number[]): number[] {
  const span = HEIGHT - TOP - BOTTOM;
  const heightOf = ({ points }: Curve): number =>
    TOP + span * (1 - Math.log(points.at(-1)!.cost / low) / Math.log(high / low));
  const order = all.map((curve, i) => ({ i, own: heightOf(curve), at: heightOf(curve) })).sort((a, b) => a.own - b.own);
  for (const [k, one] of order.entries()) if (k) one.at = Math.max(one.at, order[k - 1].at + APART);
  let floor = HEIGHT - BOTTOM;
  for (const one of [...order].reverse()) floor = (one.at = Math.min(one.at, floor)) - APART;
  return order.sort((a, b) => a.i - b.i).map(({ own, at }) => at - own);
}

/** Lists the powers of ten of a domain. */
const powers = ([low, high]: readonly number[]): number[] =>
  Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, i) => low * 10 ** i);

/** Writes 0.001, 0.1, 10, 1k. */
const tens = (value: number): string => (value >= 1000 ? brief(value) : String(Number(value.toPrecision(1))));

/** Writes 512, 25k, 1M. */
function brief(n: number): string {
  if (n >= 1e6) return `${Number((n / 1e6).toPrecision(3))}M`;
  return n >= 1000 ? `${Math.round(n / 1000)}k` : String(n);
}
