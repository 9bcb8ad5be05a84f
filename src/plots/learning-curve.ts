import * as Plot from '@observablehq/plot';
import type { Epoch } from '../training/fit.ts';
import { COLOURS, percent, plotCard } from './card.ts';
import { escapeHtml } from '../host/html.ts';

/**
 * Loss and accuracy by epoch, training and validation.
 * @param epochs as `fit` returns them; empty gives empty axes
 * @param options.total epochs to come, so that a live curve keeps its axis
 * @param options.caption what the figures rest on
 */
export function learningCurve(
  epochs: readonly Epoch[],
  { total = epochs.length, caption }: { readonly total?: number; readonly caption?: string } = {},
): string {
  const lines = [
    { what: 'loss', of: 'training', at: (e: Epoch) => e.loss },
    { what: 'loss', of: 'validation', at: (e: Epoch) => e.valLoss },
    { what: 'accuracy', of: 'training', at: (e: Epoch) => 100 * e.accuracy },
    { what: 'accuracy', of: 'validation', at: (e: Epoch) => e.valAccuracy !== undefined && 100 * e.valAccuracy },
  ] as const;
  const last = epochs.at(-1);
  const said = last
    ? `epoch ${last.epoch}: training loss ${last.loss.toFixed(3)}, accuracy ${percent(last.accuracy)}` +
      (last.valLoss === undefined ? '' : `; validation loss ${last.valLoss.toFixed(3)}, accuracy ${percent(last.valAccuracy!)}`)
    : 'no epoch yet';
  const half = (what: 'loss' | 'accuracy'): string => {
    const rows = lines
      .filter((line) => line.what === what)
      .flatMap((line) => epochs.flatMap((e) => (typeof line.at(e) === 'number' ? [{ epoch: e.epoch, value: line.at(e) as number, of: line.of }] : [])));
    const ends = (['training', 'validation'] as const).flatMap((of) => rows.filter((row) => row.of === of).slice(-1));
    // two lines that end close together get their names apart
    const domain = span(what === 'loss' ? [0, ...rows.map((row) => row.value)] : rows.map((row) => row.value));
    const close = ends.length === 2 && Math.abs(ends[0].value - ends[1].value) < 0.08 * domain; // a line of text
    const upper = ends.length === 2 && ends[0].value > ends[1].value ? 'training' : 'validation';
    return plotCard(
      {
        width: 380,
        height: 240,
        marginRight: 76,
        marginLeft: 46,
        x: { label: 'epoch', domain: [1, Math.max(2, total)], ticks: wholeTicks(Math.max(2, total)), tickFormat: 'd' },
        y: { label: what === 'loss' ? 'cross-entropy (nats)' : 'accuracy (%)', grid: true, nice: true, ...(what === 'loss' && { zero: true }) },
        marks: ends.flatMap((end) => {
          const series = rows.filter((row) => row.of === end.of);
          const fill = COLOURS[end.of];
          return [
            Plot.lineY(series, { x: 'epoch', y: 'value', stroke: fill, strokeWidth: 2 }),
            Plot.dot(series, {
              x: 'epoch',
              y: 'value',
              fill,
              r: series.length > 30 ? 0 : 2.5,
              title: (row: (typeof rows)[number]) =>
                `epoch ${row.epoch}, ${row.of}: ${row.value.toFixed(what === 'loss' ? 3 : 1)}${what === 'loss' ? '' : ' %'}`,
            }),
            Plot.text([end], { x: 'epoch', y: 'value', text: 'of', fill, textAnchor: 'start', dx: 7, dy: close ? (end.of === upper ? -7 : 7) : 0 }),
          ];
        }),
      },
      { title: what === 'loss' ? 'Loss' : 'Accuracy', alt: `${what} by epoch; ${said}` },
    );
  };
  const text = caption ?? said;
  return (
    `<div style="background:#fff;color:#222;display:inline-block;max-width:100%;border-radius:6px">${half('loss')}${half('accuracy')}` +
    `<div style="font:12px system-ui,sans-serif;color:#555;padding:0 12px 10px">${escapeHtml(text)}</div></div>`
  );
}

/** 1, 3, 5 … up to `last`: at most ten whole numbers. */
const wholeTicks = (last: number): number[] => {
  const step = Math.ceil(last / 10);
  return Array.from({ length: Math.floor((last - 1) / step) + 1 }, (_, i) => 1 + i * step);
};

const span = (values: readonly number[]): number => (values.length ? Math.max(...values) - Math.min(...values) || 1 : 1);
