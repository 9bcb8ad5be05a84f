import * as Plot from '@observablehq/plot';
import { escapeHtml } from '../text/html.ts';
import { COLOURS, plotCard } from '../plots/frame/card.ts';
import { page, section, tableHtml } from '../plots/frame/page.ts';
import { columns, type Report, type BenchRow } from './report.ts';

/** Writes the report as a page that needs nothing from elsewhere. */
export function benchPage(report: Report): string {
  const { rows, machine, commit } = report;
  const networks = [...new Set(rows.map(({ network }) => network))];
  const turns = `batch 8, median of ${rows[0].turns.length} alternating turns`;
  const caption = `${turns}; ${machine}; ${report.date.slice(0, 10)}, commit ${commit}`;
  const sections = networks.map((network, i) => {
    const own = rows.filter((row) => row.network === network).sort((a, b) => b.rate - a.rate);
    return `<h2>${escapeHtml(report.networks[i])}</h2>${rateBars(own, caption)}${tableHtml(columns(own))}`;
  });
  const peaks = Object.entries(report.peaks).map(([precision, peak]) => [precision, peak.toFixed(0)]);
  const threads = report.threads.map((t) => [t.precision, String(t.threads), t.rate.toFixed(2)]);
  const stages = Object.entries(report.stages.seconds).map(([stage, s]) => [stage, s.toFixed(1)]);
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  const body = [
    `<h1>How fast the frozen backbone runs</h1><p>${escapeHtml(caption)}</p>`,
    ...sections,
    section(
      'Peak: a product of two large square matrices, the fastest of 1024 to 3072',
      ['precision', 'GFLOP/s'],
      peaks,
    ),
    section('Threads', ['', 'threads', 'images/s'], threads),
    section(report.stages.what, ['stage', 'seconds'], stages),
    `<p>${escapeHtml(versions.join(', '))}</p>`,
  ];
  return page({ title: 'Graft: benchmark', body: body.join('') });
}

function rateBars(rows: readonly BenchRow[], caption: string): string {
  const colour = ({ name }: BenchRow): string => (name.startsWith('Graft') ? COLOURS.validation : COLOURS.training);
  const title = ({ name, gflops }: BenchRow): string => `${name}: ${gflops.toFixed(0)} GFLOP/s`;
  const rate = (row: BenchRow): string => row.rate.toFixed(1);
  return plotCard(
    {
      width: 640,
      height: 60 + rows.length * 26,
      marginLeft: 30 + Math.max(...rows.map(({ name }) => name.length)) * 6.4,
      marginRight: 52,
      marginBottom: 42,
      x: { label: 'images/s', grid: true, labelOffset: 38 },
      y: { label: null, domain: rows.map(({ name }) => name), padding: 0.3 },
      marks: [
        Plot.barX(rows, { x: 'rate', y: 'name', fill: colour, title }),
        Plot.text(rows, { x: 'rate', y: 'name', text: rate, textAnchor: 'start', dx: 6 }),
      ],
    },
    { alt: `Images a second: ${rows.map((row) => `${row.name} ${rate(row)}`).join(', ')}.`, caption },
  );
}
