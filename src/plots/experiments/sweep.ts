import * as Plot from '@observablehq/plot';
import { settingText, type Setting } from '../../experiments/setting.ts';
import { joinCaption, shareText } from '../frame/captions.ts';
import { classColour, COLOURS, type DrawOptions, plotCard } from '../frame/card.ts';
import { formatNumber } from '../../text/numbers.ts';
import { namesBelow, numbersApart } from '../frame/labels.ts';
import { axisLabel, bestText, othersIn, type Runs, runsCaption, runsOf, valueOf } from './sweep-runs.ts';

export interface SweepPlotOptions extends DrawOptions {
  /** The option along the axis. */
  readonly x: keyof Setting;
  /** An option whose values each have their own line. */
  readonly series?: keyof Setting;
  /** Uses a logarithmic axis. @default false */
  readonly log?: boolean;
  /** Gives each value a place, as for names, instead of an axis of numbers. @default false */
  readonly points?: boolean;
}

interface Row {
  readonly x: string | number;
  readonly of: string;
  /** The accuracy, in per cent. */
  readonly accuracy: number;
  readonly title: string;
}

/**
 * Draws accuracy over one swept option: a dot for each run, a line through the means, a band from the lowest to the
 * highest run.
 * @param of a sweep, or runs
 * @returns HTML
 * @throws RangeError if there is no run
 * @example
 * show(sweepPlot(swept, { x: 'dropout' }));
 */
export function sweepPlot(of: Runs, options: SweepPlotOptions): string {
  const { x, series, caption, log = false, points = false, document } = options;
  const runs = runsOf(of);
  if (!runs.length) throw new RangeError('sweepPlot: expected one finished run or more; got none.');
  const rows = runs.map(({ setting, accuracy, right }): Row => ({
    x: valueOf(setting, x),
    of: series ? `${series} ${valueOf(setting, series)}` : 'all',
    accuracy: 100 * accuracy,
    title: `${settingText(setting)}: ${shareText(accuracy, right.length)}`,
  }));
  const names = [...new Set(rows.map((row) => row.of))];
  const colour = (name: string): string => (series ? classColour(names.indexOf(name)) : COLOURS.training);
  const means = meansOf(rows);
  const numeric = !points && rows.every((row) => typeof row.x === 'number');
  const found = bestText(runs);
  const said = `Test accuracy by ${series ? `${x} and ${series}` : x}`;
  const shown = series ? [x, series] : [x];
  const over = othersIn(runs, shown);
  const mean = `their mean${over.length ? ` over all values of ${over.join(' and ')}` : ''}`;
  const reading = `dots: runs; line: ${mean}${numeric ? '; band: lowest to highest' : ''}`;
  const values = [...new Set(rows.map((row) => row.x))];
  const drawn = (width = 560): Plot.PlotOptions => {
    const area = width - LEFT - RIGHT;
    const { shown: written, tickRotate, bottom, left, write } = namesBelow(numeric ? [] : values, area);
    return {
      width,
      height: 320 - 44 + bottom,
      marginBottom: bottom,
      marginLeft: Math.max(LEFT, LEFT / 2 + left),
      marginRight: RIGHT,
      x: {
        label: axisLabel(x),
        labelOffset: bottom - 6,
        ...(numeric
          ? { ticks: ticksOf(values as number[], { area, log }), tickFormat: formatNumber, ...(log && { type: 'log' }) }
          : { type: 'point', domain: values, ticks: [...written], tickRotate, tickFormat: write }),
      },
      y: { label: 'test accuracy (%)', grid: true, nice: true },
      ...(series && { color: { type: 'categorical', domain: names, range: names.map(colour), legend: true } }),
      marks: [
        ...names.flatMap((name) => {
          const own = means.filter((mean) => mean.of === name);
          const stroke = series ? () => name : colour(name);
          return [
            ...(numeric
              ? [Plot.areaY(own, { x: 'x', y1: 'low', y2: 'high', fill: colour(name), fillOpacity: 0.15 })]
              : []),
            Plot.lineY(own, { x: 'x', y: 'mean', stroke, strokeWidth: 2 }),
          ];
        }),
        Plot.dot(rows, { x: 'x', y: 'accuracy', r: 3, fill: series ? 'of' : COLOURS.training, title: 'title' }),
      ],
    };
  };
  return plotCard(drawn, {
    title: `Test accuracy by ${axisLabel(x)}`,
    alt: `${said}, ${runs.length} runs; ${found}.`,
    caption: caption ?? joinCaption(runsCaption(of, shown), found, reading),
    document,
  });
}

/** Room left and right of the area with the runs, in pixels. */
const [LEFT, RIGHT] = [46, 20];

const ticksOf = (
  values: readonly number[],
  { area, log }: { readonly area: number; readonly log: boolean },
): number[] =>
  numbersApart(
    [...values].sort((a, b) => a - b),
    { area, along: log ? Math.log : (x) => x, text: formatNumber },
  );

/** The runs at one place, combined. */
interface Mean extends Row {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

function meansOf(rows: readonly Row[]): Mean[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = `${row.of}/${row.x}`;
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups.values()].map((group) => {
    const values = group.map(({ accuracy }) => accuracy);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return { ...group[0], mean, low: Math.min(...values), high: Math.max(...values) };
  });
}
