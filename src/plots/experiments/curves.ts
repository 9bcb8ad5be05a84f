import * as Plot from '@observablehq/plot';
import type { Setting } from '../../experiments/setting.ts';
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
 * Draws learning curves of several runs over each other.
 * @param of a sweep, or runs
 * @returns HTML
 * @example
 * show(curvesPlot(swept, { by: 'dropout' }));
 */
export function curvesPlot(of: Runs, { by, what = 'valAccuracy', caption, document }: CurvesOptions): string {
  const runs = runsOf(of);
  const rows = runs.flatMap(({ setting, epochs }, run) =>
    epochs.map((one) => ({
      run,
      of: `${by} ${valueOf(setting, by)}`,
      epoch: one.epoch,
      value: 100 * (one[what] ?? NaN),
    })),
  );
  const names = [...new Set(rows.map((row) => row.of))];
  const name = what === 'accuracy' ? 'training accuracy' : 'validation accuracy';
  const range = names.map((_, k) => classColour(k));
  const judged = runs[0]?.of?.validation?.n;
  const drawn =
    what === 'accuracy' ? `lines: ${name}` : judged !== undefined && `lines: ${name}, n = ${count(judged)} images`;
  return plotCard(
    {
      width: 560,
      height: 310,
      marginLeft: 46,
      marginBottom: 42,
      x: { label: 'epoch', tickFormat: 'd', labelOffset: 38 },
      y: { label: `${name} (%)`, grid: true, nice: true },
      color: { type: 'categorical', domain: names, range, legend: true },
      marks: [
        Plot.lineY(rows, { x: 'epoch', y: 'value', z: 'run', stroke: 'of', strokeWidth: 1.5, strokeOpacity: 0.85 }),
      ],
    },
    {
      title: `${name[0].toUpperCase()}${name.slice(1)} by epoch`,
      alt: `${name} (%) by epoch of ${runs.length} runs, by ${by}: ${names.join(', ')}.`,
      caption: caption ?? joinCaption(runsCaption(of, [by], { tested: false }), drawn),
      document,
    },
  );
}
