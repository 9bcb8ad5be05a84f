import * as Plot from '@observablehq/plot';
import type { Setting } from '../../experiments/setting.ts';
import type { SweepRun } from '../../experiments/sweep.ts';
import { joinCaption } from '../frame/captions.ts';
import { classColour, count, type DrawOptions, plotCard } from '../frame/card.ts';
import { type Runs, runsCaption, runsOf, valueOf } from './sweep-runs.ts';

export interface CurvesOptions extends DrawOptions {
  /** The option that names a line; runs with the same value share a colour. */
  readonly by: keyof Setting;
  /** @default 'valAccuracy' */
  readonly what?: 'valAccuracy' | 'accuracy';
}

/**
 * Draws learning curves of several runs over each other: a line through the mean of the runs that share a value, and a
 * band from the lowest to the highest.
 * @param of a sweep, or runs
 * @returns HTML
 * @example
 * show(curvesPlot(swept, { by: 'dropout' }));
 */
export function curvesPlot(of: Runs, { by, what = 'valAccuracy', caption, document }: CurvesOptions): string {
  const runs = runsOf(of);
  const nameOf = ({ setting }: SweepRun): string => `${by} ${valueOf(setting, by)}`;
  const names = [...new Set(runs.map(nameOf))];
  const groups = names.map((name) => runs.filter((run) => nameOf(run) === name));
  const lines = groups.map((own, k) => pointsOf(own, what).map((point) => ({ ...point, of: names[k] })));
  const most = Math.max(...groups.map(({ length }) => length));
  const name = what === 'accuracy' ? 'training accuracy' : 'validation accuracy';
  const judged = what === 'valAccuracy' ? runs[0]?.of?.validation?.n : undefined;
  const line = `${most > 1 ? 'lines: mean ' : 'lines: '}${name}${judged === undefined ? '' : `, n = ${count(judged)} images`}`;
  return plotCard(
    {
      width: 560,
      height: 310,
      marginLeft: 46,
      marginBottom: 42,
      x: { label: 'epoch', tickFormat: 'd', labelOffset: 38 },
      y: { label: `${name} (%)`, grid: true, nice: true },
      color: { type: 'categorical', domain: names, range: names.map((_, k) => classColour(k)), legend: true },
      marks: lines.flatMap((points, k) => [
        ...(most > 1
          ? [Plot.areaY(points, { x: 'epoch', y1: 'low', y2: 'high', fill: classColour(k), fillOpacity: 0.12 })]
          : []),
        // where lines lie on each other, as at 100 %, dashes let those below be seen
        Plot.lineY(points, {
          x: 'epoch',
          y: 'mean',
          stroke: 'of',
          strokeWidth: 2,
          ...(k && { strokeDasharray: DASHES[k % DASHES.length] }),
        }),
      ]),
    },
    {
      title: `${name[0].toUpperCase()}${name.slice(1)} by epoch`,
      alt: `${name} (%) by epoch of ${runs.length} runs, by ${by}: ${names.join(', ')}.`,
      caption:
        caption ?? joinCaption(runsCaption(of, [by], { tested: false }), line, most > 1 && 'bands: lowest to highest'),
      document,
    },
  );
}

const DASHES = ['1,0', '9,5', '3,4', '12,4,3,4', '1,5'] as const;

/** Gives mean, lowest and highest accuracy of some runs in each epoch that one of them has, in per cent. */
function pointsOf(
  runs: readonly SweepRun[],
  what: 'valAccuracy' | 'accuracy',
): { readonly epoch: number; readonly mean: number; readonly low: number; readonly high: number }[] {
  const numbers = [...new Set(runs.flatMap(({ epochs }) => epochs.map(({ epoch }) => epoch)))].sort((a, b) => a - b);
  return numbers.map((epoch) => {
    const values = runs.flatMap(({ epochs }) => {
      const own = epochs.find((one) => one.epoch === epoch);
      return own ? [100 * (own[what] ?? NaN)] : [];
    });
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return { epoch, mean, low: Math.min(...values), high: Math.max(...values) };
  });
}
