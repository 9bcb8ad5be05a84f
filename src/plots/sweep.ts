import * as Plot from '@observablehq/plot';
import { proportion } from '../training/interval.ts';
import { describe, type Setting, type SweepRun } from '../experiments/sweep.ts';
import { classColour, COLOURS, percent, plotCard } from './card.ts';
import { escapeHtml } from '../host/html.ts';

/** What an option counts, where its name does not say. */
const AXIS: Partial<Record<keyof Setting, string>> = {
  train: 'training images',
  l2: 'weight decay (L2)',
  dropout: 'dropout rate',
  draws: 'images drawn an epoch',
  batchSize: 'images a step',
};

type Value = string | number;
const valueOf = (setting: Setting, name: keyof Setting): Value => {
  const value = setting[name];
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value ?? 'default');
};

/**
 * Accuracy over one swept option: a dot for each run, a line through the means, a band from the lowest to the highest run.
 * @param options.x the option along the axis
 * @param options.series an option that gives each of its values a line of its own
 * @param options.log a logarithmic axis
 * @param options.points one place for each value, as for names, instead of an axis of numbers
 * @param options.caption what the figures rest on
 */
export function sweepPlot(
  runs: readonly SweepRun[],
  {
    x,
    series,
    caption,
    log = false,
    points = false,
  }: { readonly x: keyof Setting; readonly series?: keyof Setting; readonly caption?: string; readonly log?: boolean; readonly points?: boolean },
): string {
  const rows = runs.map((run) => ({
    x: valueOf(run.setting, x),
    of: series ? `${series} ${valueOf(run.setting, series)}` : 'all',
    accuracy: 100 * run.accuracy,
    title: `${describe(run.setting)}: ${percent(run.accuracy)}`,
  }));
  const names = [...new Set(rows.map((row) => row.of))];
  const colour = (of: string): string => (series ? classColour(names.indexOf(of)) : COLOURS.training);
  const groups = new Map<string, typeof rows>();
  for (const row of rows) groups.set(`${row.of}/${row.x}`, [...(groups.get(`${row.of}/${row.x}`) ?? []), row]);
  const means = [...groups.values()].map((group) => ({
    ...group[0],
    mean: group.reduce((sum, row) => sum + row.accuracy, 0) / group.length,
    low: Math.min(...group.map((row) => row.accuracy)),
    high: Math.max(...group.map((row) => row.accuracy)),
    n: group.length,
  }));
  const numeric = !points && rows.every((row) => typeof row.x === 'number');
  const best = [...means].sort((a, b) => b.mean - a.mean)[0];
  return plotCard(
    {
      width: 560,
      height: 320,
      marginBottom: 44,
      marginLeft: 46,
      x: { label: AXIS[x] ?? x, labelOffset: 38, ...(numeric ? { ticks: [...new Set(rows.map((row) => row.x as number))], ...(log && { type: 'log' }) } : { type: 'point' }), tickFormat: String },
      y: { label: 'test accuracy (%)', grid: true, nice: true },
      ...(series && { color: { type: 'categorical', domain: names, range: names.map(colour), legend: true } }),
      marks: [
        ...names.flatMap((of) => {
          const own = means.filter((row) => row.of === of);
          return [
            ...(numeric ? [Plot.areaY(own, { x: 'x', y1: 'low', y2: 'high', fill: colour(of), fillOpacity: 0.15 })] : []),
            Plot.lineY(own, { x: 'x', y: 'mean', stroke: series ? () => of : colour(of), strokeWidth: 2 }),
          ];
        }),
        Plot.dot(rows, { x: 'x', y: 'accuracy', r: 3, fill: series ? 'of' : COLOURS.training, title: 'title' }),
      ],
    },
    {
      title: `Test accuracy by ${AXIS[x] ?? x}`,
      alt: `Test accuracy by ${x}${series ? ` and ${series}` : ''}: best mean ${best.mean.toFixed(1)} % at ${x} ${best.x}${series ? `, ${best.of}` : ''}, of ${best.n} runs.`,
      caption,
    },
  ); // prettier-ignore
}

/**
 * Runs as a table, best first: the options that differ between them, accuracy with its 95 % interval, seconds.
 * @param options.sortBy @default 'accuracy'
 */
export function runsTable(
  runs: readonly SweepRun[],
  { sortBy = 'accuracy' }: { readonly sortBy?: 'accuracy' | 'loss' | 'seconds' | keyof Setting } = {},
): string {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.setting)))] as (keyof Setting)[];
  const differs = (name: keyof Setting): boolean => new Set(runs.map((run) => JSON.stringify(run.setting[name]))).size > 1;
  const common = names.filter((name) => !differs(name));
  const columns = names.filter(differs);
  const key = (run: SweepRun): Value =>
    sortBy === 'accuracy' ? -run.accuracy : sortBy === 'loss' || sortBy === 'seconds' ? run[sortBy] : valueOf(run.setting, sortBy);
  const sorted = [...runs].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  const cell = (tag: string, text: string): string => `<${tag} style="text-align:right">${escapeHtml(text)}</${tag}>`;
  const head = [
    ...columns.map((name) => cell('th', name)),
    cell('th', 'accuracy'),
    cell('th', '95 % interval'),
    cell('th', 'loss'),
    cell('th', 'seconds'),
  ].join('');
  const body = sorted.map((run) => {
    const { interval } = proportion(run.right.reduce((a, b) => a + b, 0), run.right.length); // prettier-ignore
    const cells = columns.map((name) => cell('td', String(valueOf(run.setting, name))));
    return `<tr>${cells.join('')}${cell('td', percent(run.accuracy))}${cell('td', `${(100 * interval[0]).toFixed(1)} to ${(100 * interval[1]).toFixed(1)}`)}${cell('td', run.loss.toFixed(3))}${cell('td', run.seconds.toFixed(1))}</tr>`;
  });
  const same = common.length ? `; the same for all: ${describe(Object.fromEntries(common.map((name) => [name, runs[0].setting[name]])))}` : '';
  const n = runs[0] ? runs[0].right.length.toLocaleString('en-US') : '0';
  return (
    `<div style="display:inline-block;max-width:100%;overflow-x:auto"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>` +
    `<div style="font:12px system-ui,sans-serif;opacity:0.75">${escapeHtml(`${runs.length} runs, sorted by ${sortBy}; n = ${n} test images each${same}`)}</div></div>`
  );
}

/**
 * Learning curves of several runs over each other.
 * @param options.by the option that names a line; runs that share it share a colour
 */
export function curvesPlot(
  runs: readonly SweepRun[],
  { by, what = 'valAccuracy', caption }: { readonly by: keyof Setting; readonly what?: 'valAccuracy' | 'accuracy'; readonly caption?: string },
): string {
  const rows = runs.flatMap((run, i) =>
    run.epochs.map((e) => ({ run: i, of: `${by} ${valueOf(run.setting, by)}`, epoch: e.epoch, value: 100 * (e[what] ?? NaN) })),
  );
  const names = [...new Set(rows.map((row) => row.of))];
  const label = what === 'accuracy' ? 'training accuracy (%)' : 'validation accuracy (%)';
  return plotCard(
    {
      width: 560,
      height: 310,
      marginLeft: 46,
      marginBottom: 42,
      x: { label: 'epoch', tickFormat: 'd', labelOffset: 38 },
      y: { label, grid: true, nice: true },
      color: { type: 'categorical', domain: names, range: names.map((_, k) => classColour(k)), legend: true },
      marks: [Plot.lineY(rows, { x: 'epoch', y: 'value', z: 'run', stroke: 'of', strokeWidth: 1.5, strokeOpacity: 0.85 })],
    },
    { title: `${label.replace(' (%)', '')} by epoch`.replace(/^./, (c) => c.toUpperCase()), alt: `${label} by epoch of ${runs.length} runs, by ${by}: ${names.join(', ')}.`, caption },
  ); // prettier-ignore
}
