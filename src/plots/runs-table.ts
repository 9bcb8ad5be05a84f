import { describe, type Setting } from '../experiments/setting.ts';
import type { SweepRun } from '../experiments/sweep.ts';
import { escapeHtml } from '../host/html.ts';
import { proportion } from '../training/interval.ts';
import { joined } from './captions.ts';
import { count, percent } from './card.ts';
import { optionsOf, type Runs, runsOf, valueOf } from './sweep-runs.ts';

export interface RunsTableOptions {
  /** @default 'accuracy' */
  readonly sortBy?: 'accuracy' | 'loss' | 'seconds' | keyof Setting;
  /** What the figures rest on. @default n, and what a sweep knows of data and network */
  readonly caption?: string;
}

/**
 * Runs as a table, best first: the options that differ between them, accuracy with its 95 % interval, seconds.
 * @param of a sweep, or runs
 * @returns HTML
 */
export function runsTable(of: Runs, { sortBy = 'accuracy', caption }: RunsTableOptions = {}): string {
  const runs = runsOf(of);
  const { differing, common } = optionsOf(runs);
  const key = (run: SweepRun): string | number => {
    if (sortBy === 'accuracy') return -run.accuracy;
    return sortBy === 'loss' || sortBy === 'seconds' ? run[sortBy] : valueOf(run.setting, sortBy);
  };
  const sorted = [...runs].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  const head = [...differing, 'accuracy', '95 % interval', 'loss', 'seconds'].map((name) => cell('th', name));
  const body = sorted.map((run) => {
    const { interval } = proportion(run.right.filter(Boolean).length, run.right.length);
    const [low, high] = interval.map((share) => (100 * share).toFixed(1));
    const cells = [
      ...differing.map((name) => String(valueOf(run.setting, name))),
      percent(run.accuracy),
      `${low} to ${high}`,
      run.loss.toFixed(3),
      run.seconds.toFixed(1),
    ];
    return `<tr>${cells.map((text) => cell('td', text)).join('')}</tr>`;
  });
  const said = joined(
    `${runs.length} runs, sorted by ${sortBy}`,
    `n = ${count(runs[0]?.right.length ?? 0)} test images each`,
    Object.keys(common).length ? `the same for all: ${describe(common)}` : '',
    'basis' in of ? of.basis : '',
  );
  return (
    `<div style="display:inline-block;max-width:100%;overflow-x:auto">` +
    `<table><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table>` +
    `<div style="font:12px system-ui,sans-serif;opacity:0.75">${escapeHtml(caption ?? said)}</div></div>`
  );
}

const cell = (tag: string, text: string): string => `<${tag} style="text-align:right">${escapeHtml(text)}</${tag}>`;
