import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { loadData } from '../../data/load.ts';
import { backboneOf } from '../../models/backbone.ts';
import { vgg19Mini } from '../../models/networks/network.ts';
import { cutAt } from '../../models/surgery.ts';
import { ROOT } from '../../project.ts';
import { bareOnnx } from '../peers/contestants.ts';
import type { Cost } from '../cost.ts';
import { type Growth, growthOf, isWorse, type Point, WORSE } from './growth.ts';
import { scaleThreads } from '../measure.ts';
import { type Axis, axes } from './scaling-axes.ts';

/** A step along an axis. */
export interface Line {
  /** What grows. */
  readonly axis: string;
  readonly unit: string;
  /** What stays as it is, in words. */
  readonly at: string;
  readonly step: string;
  /** The seconds that its slope is taken from: `processor`; for threads, which share the work, `wall`. */
  readonly clock: 'processor' | 'wall';
  readonly points: readonly ({ readonly size: number } & Cost)[];
  /** How its seconds grow. */
  readonly time: Growth;
  /** How its memory grows, in MiB above what the process held before; undefined if it was not measured. */
  readonly memory?: Growth;
}

/** What was measured, as `results/scaling.json` holds it. */
export interface Scaling {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly lines: readonly Line[];
}

/** Measures how cost grows: each size in a process of its own, one after the other. */
export async function measureScaling(quick: boolean, onLine: (line: Line) => void): Promise<Line[]> {
  const lines: Line[] = [];
  for (const axis of axes(quick)) {
    const costs: Record<string, Cost>[] = [];
    for (const size of axis.sizes) costs.push(await inProcess(axis.job(size)));
    const own = linesOf(axis, costs);
    own.forEach(onLine);
    lines.push(...own);
  }
  const threads = await threadLine(quick);
  if (threads) onLine(threads);
  return threads ? [...lines, threads] : lines;
}

/** Gives a line for each step of an axis. @param costs for each size, by step */
export const linesOf = (axis: Axis, costs: readonly Readonly<Record<string, Cost>>[]): Line[] =>
  (axis.steps ?? Object.keys(costs[0])).map((step) => {
    const clock = 'processor';
    const points = axis.sizes.map((size, i) => ({ size, ...costs[i][step] }));
    return {
      axis: axis.name,
      unit: axis.unit,
      at: axis.at,
      step,
      clock,
      points,
      time: growthOf(timePoints({ clock, points })),
      memory: growthOf(memoryPoints({ points })),
    };
  });

/** Less counts as this much: memory kept back by the allocator, or a pause of the engine, says nothing of growth. */
const [LEAST_SECONDS, LEAST_MIB] = [1e-3, 16];

/** Gives the seconds of a line by size. */
export const timePoints = ({ clock, points }: Pick<Line, 'clock' | 'points'>): Point[] =>
  points.map((point) => ({ size: point.size, cost: Math.max(LEAST_SECONDS, timeOf(clock, point)) }));

/** Gives the memory of a line by size, in MiB. */
export const memoryPoints = ({ points }: Pick<Line, 'points'>): Point[] =>
  points.map(({ size, memoryMiB }) => ({ size, cost: Math.max(LEAST_MIB, memoryMiB) }));

/** Gives the seconds that a step is judged by. */
export const timeOf = (clock: Line['clock'], { seconds, cpuSeconds }: Cost): number =>
  clock === 'wall' ? seconds : cpuSeconds;

async function inProcess(job: object): Promise<Record<string, Cost>> {
  const child = path.join(ROOT, 'src/bench/scaling/scaling-child.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [child, JSON.stringify(job)]);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, Cost>;
}

/** Measures the seconds an image takes in the bare session with ever more threads; undefined if there is only one. */
async function threadLine(quick: boolean): Promise<Line | undefined> {
  const { train } = await loadData('shapes10');
  const network = await vgg19Mini();
  const open = (backbone: ReturnType<typeof backboneOf>, threads: number): ReturnType<typeof bareOnnx> =>
    bareOnnx(backbone, train, threads);
  const found = await scaleThreads([backboneOf(cutAt(network, 'fc2'))], open, quick ? 1 : 6);
  network.dispose();
  if (found.length < 2) return undefined;
  const points = found.map(({ threads, rate }) => ({
    size: threads,
    seconds: 1 / rate,
    cpuSeconds: 0,
    memoryMiB: 0,
  }));
  return {
    axis: 'threads',
    unit: 'thread',
    at: 'an image through vgg19-mini in batches of 8; −1 would be perfect',
    step: 'session',
    clock: 'wall',
    points,
    time: growthOf(points.map(({ size, seconds }) => ({ size, cost: seconds }))),
  };
}

/** Names the lines that grow faster than their size. */
export function worseText(lines: readonly Line[]): string {
  const name = ({ axis, step }: Line, of: string, { slope }: Growth): string =>
    `${of} of “${step}” by ${axis} (${slope.toFixed(2)})`;
  const worse = lines.flatMap((line) => [
    ...(isWorse(line.time) ? [name(line, 'time', line.time)] : []),
    ...(line.memory && isWorse(line.memory) ? [name(line, 'memory', line.memory)] : []),
  ]);
  return worse.length ? `Worse than linear (above ${WORSE}): ${worse.join(', ')}.` : 'No step is worse than linear.';
}

/** Writes a line for a terminal: `images, read rows: 1.20 µs an image, slope 1.01; memory slope 0.02`. */
export function lineText({ axis, unit, step, clock, points, time, memory }: Line): string {
  const last = points.at(-1)!;
  const each = axis === 'threads' ? last.seconds : timeOf(clock, last) / last.size;
  const per = axis === 'threads' ? 'an image' : oneOf(unit);
  const held = memory ? `; ${last.memoryMiB.toFixed(0)} MiB at the largest, slope ${memory.slope.toFixed(2)}` : '';
  return `${axis}, ${step}: ${secondsText(each)} ${per}, slope ${slopeText(time)}${held}`;
}

/** Writes `an image`, `a picture`. */
export const oneOf = (unit: string): string => `${/^[aei]/.test(unit) ? 'an' : 'a'} ${unit}`;

/** Writes 0.98, and adds a word if the start-up outweighs what grows. */
export const slopeText = ({ slope, grows }: Growth): string => `${slope.toFixed(2)}${grows ? '' : ' (start-up)'}`;

/** Writes 1.2 s, 3.4 ms, 5.6 µs. */
export function secondsText(seconds: number): string {
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  return seconds >= 1e-3 ? `${(1e3 * seconds).toPrecision(3)} ms` : `${(1e6 * seconds).toPrecision(3)} µs`;
}
