import * as Plot from '@observablehq/plot';
import { COLOURS, plotCard } from '../plots/card.ts';
import { escapeHtml } from '../host/html.ts';
import type { Report, Row } from './bench.ts';

/** The rate that ratios refer to: Keras where it was measured, else ONNX Runtime in float32. */
function reference(rows: readonly Row[]): Row {
  return rows.find(({ name }) => name.startsWith('Keras')) ?? rows.find(({ name }) => name === 'ONNX Runtime float32') ?? rows[0];
}

const columns = (rows: readonly Row[]): string[][] => {
  const base = reference(rows);
  return [
    ['', 'images/s', `ratio to ${base.name}`, 'GFLOP/s', 'of the peak', 'turns'],
    ...[...rows]
      .sort((a, b) => b.rate - a.rate)
      .map((row) => [
        row.name,
        row.rate.toFixed(2),
        (row.rate / base.rate).toFixed(2),
        row.gflops.toFixed(0),
        row.share === undefined ? '–' : `${(100 * row.share).toFixed(0)} %`,
        row.turns.map((turn) => turn.toFixed(2)).join(' '),
      ]),
  ];
};

/** For a terminal. */
export function table(rows: readonly Row[]): string {
  const cells = columns(rows);
  const widths = cells[0].map((_, c) => Math.max(...cells.map((line) => line[c].length)));
  return cells.map((line) => line.map((cell, c) => (c ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join('  ')).join('\n');
}

export function bars(rows: readonly Row[]): string {
  const most = Math.max(...rows.map(({ rate }) => rate));
  const width = Math.max(...rows.map(({ name }) => name.length));
  return [...rows]
    .sort((a, b) => b.rate - a.rate)
    .map(({ name, rate }) => `${name.padEnd(width)} ${'█'.repeat(Math.max(1, Math.round((40 * rate) / most)))} ${rate.toFixed(1)}`)
    .join('\n');
}

/** A page that needs nothing from elsewhere. */
export function benchPage(report: Report): string {
  const networks = [...new Set(report.rows.map(({ network }) => network))];
  const html = (cells: string[][]): string => {
    const [head, ...body] = cells;
    const line = (tag: string) => (cell: string, c: number) => `<${tag} style="text-align:${c ? 'right' : 'left'}">${escapeHtml(cell)}</${tag}>`;
    return `<table><thead><tr>${head.map(line('th')).join('')}</tr></thead><tbody>${body.map((row) => `<tr>${row.map(line('td')).join('')}</tr>`).join('')}</tbody></table>`;
  };
  const caption = `batch 8, median of ${report.rows[0].turns.length} alternating turns; ${report.machine}; ${report.date.slice(0, 10)}, commit ${report.commit}`;
  const sections = networks.map((network, i) => {
    const rows = report.rows.filter((row) => row.network === network).sort((a, b) => b.rate - a.rate);
    return `<h2>${escapeHtml(report.networks[i])}</h2>${rateBars(rows, caption)}${html(columns(rows))}`;
  });
  const list = (title: string, cells: string[][]): string => (cells.length > 1 ? `<h2>${escapeHtml(title)}</h2>${html(cells)}` : '');
  const style =
    'body{font:15px/1.5 system-ui,sans-serif;max-width:900px;margin:2rem auto;padding:0 1rem;color-scheme:light dark}' +
    'table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}td,th{padding:.2rem .8rem;border-bottom:1px solid #8884;font-variant-numeric:tabular-nums}';
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"><title>Graft: benchmark</title><style>${style}</style></head><body>` +
    `<h1>How fast the frozen backbone runs</h1><p>${escapeHtml(caption)}</p>${sections.join('')}` +
    list('Peak: a product of two large square matrices, the fastest of 1024 to 3072', [['precision', 'GFLOP/s'], ...Object.entries(report.peaks).map(([precision, peak]) => [precision, peak.toFixed(0)])]) +
    list('Threads', [['', 'threads', 'images/s'], ...report.threads.map((t) => [t.precision, String(t.threads), t.rate.toFixed(2)])]) +
    list('Number of images', [['images', 'ms an image', 'peak memory (MiB)'], ...report.scaling.map((s) => [s.images.toLocaleString('en-US'), ((1000 * s.seconds) / s.images).toFixed(1), s.memoryMiB.toFixed(0)])]) +
    list(report.stages.what, [['stage', 'seconds'], ...Object.entries(report.stages.seconds).map(([stage, s]) => [stage, s.toFixed(1)])]) +
    `<p>${escapeHtml(Object.entries(report.versions).map(([name, version]) => `${name} ${version}`).join(', '))}</p></body></html>\n`
  ); // prettier-ignore
}

function rateBars(rows: readonly Row[], caption: string): string {
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
        Plot.barX(rows, { x: 'rate', y: 'name', fill: (row: Row) => (row.name.startsWith('Graft') ? COLOURS.validation : COLOURS.training), title: (row: Row) => `${row.name}: ${row.gflops.toFixed(0)} GFLOP/s` }),
        Plot.text(rows, { x: 'rate', y: 'name', text: (row: Row) => row.rate.toFixed(1), textAnchor: 'start', dx: 6 }),
      ],
    },
    { alt: `Images a second: ${rows.map(({ name, rate }) => `${name} ${rate.toFixed(1)}`).join(', ')}.`, caption },
  ); // prettier-ignore
}
