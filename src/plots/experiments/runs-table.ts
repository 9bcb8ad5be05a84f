import { settingText, type Setting } from '../../experiments/setting.ts';
import type { SweepRun } from '../../experiments/sweep.ts';
import { escapeHtml } from '../../text/html.ts';
import { byValidation, validationOf } from '../../experiments/validation.ts';
import { proportion } from '../../training/evaluation/interval.ts';
import { joinCaption } from '../frame/captions.ts';
import { count, percent } from '../frame/card.ts';
import { optionsOf, type Runs, runsOf, valueOf } from './sweep-runs.ts';

export interface RunsTableOptions {
  /** @default 'validation', if all runs were judged on validation images, else 'test accuracy' */
  readonly sortBy?: 'validation' | 'test accuracy' | 'loss' | 'seconds' | keyof Setting;
  /** What the figures are based on. @default n, and what a sweep knows of data and network */
  readonly caption?: string;
}

/**
 * Shows runs as a table, best first by the validation images: the options that differ between them, validation
 * accuracy, test accuracy with its 95 % interval, seconds.
 * @param of a sweep, or runs
 * @returns HTML
 * @example
 * show(runsTable(swept));
 */
export function runsTable(of: Runs, options: RunsTableOptions = {}): string {
  const runs = runsOf(of);
  const { differing, common } = optionsOf(runs);
  const judged = runs.map((run) => validationOf([run]));
  const validated = byValidation(runs.map((run) => [run])) !== undefined;
  const { sortBy = validated ? 'validation' : 'test accuracy', caption } = options;
  const key = (run: SweepRun, i: number): string | number => {
    if (sortBy === 'validation') return -(judged[i]?.accuracy ?? 0);
    if (sortBy === 'test accuracy') return -run.accuracy;
    return sortBy === 'loss' || sortBy === 'seconds' ? run[sortBy] : valueOf(run.setting, sortBy);
  };
  const rows = runs.map((run, i) => ({
    run,
    key: key(run, i),
    loss: judged[i]?.loss ?? 0,
    validation: judged[i]?.accuracy,
  }));
  rows.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : sortBy === 'validation' ? a.loss - b.loss : 0));
  const columns = [
    ...differing,
    ...(validated ? ['validation'] : []),
    'test accuracy',
    '95 % interval',
    'loss',
    'seconds',
  ];
  const head = columns.map((name) => cell('th', name));
  const body = rows.map(({ run, validation }) => {
    const { interval } = proportion(run.right.filter(Boolean).length, run.right.length);
    const [low, high] = interval.map((share) => (100 * share).toFixed(1));
    const cells = [
      ...differing.map((name) => String(valueOf(run.setting, name))),
      ...(validated ? [percent(validation!)] : []),
      percent(run.accuracy),
      `${low} to ${high}`,
      run.loss.toFixed(3),
      run.seconds.toFixed(1),
    ];
    return `<tr>${cells.map((text) => cell('td', text)).join('')}</tr>`;
  });
  const flattered = sortBy === 'test accuracy' ? ', which flatters the first' : '';
  const n = judged[0]?.n;
  const said = joinCaption(
    `${runs.length} runs, sorted by ${sortBy}${flattered}`,
    validated && n !== undefined && `n = ${count(n)} validation images`,
    `n = ${count(runs[0]?.right.length ?? 0)} test images each`,
    Object.keys(common).length ? `the same for all: ${settingText(common)}` : '',
    'basis' in of ? (of.trained ?? of.basis) : '',
  );
  return (
    `<div style="display:inline-block;max-width:100%;overflow-x:auto">` +
    `<table><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table>` +
    `<div style="font:12px system-ui,sans-serif;opacity:0.75">${escapeHtml(caption ?? said)}</div></div>`
  );
}

const cell = (tag: string, text: string): string => `<${tag} style="text-align:right">${escapeHtml(text)}</${tag}>`;
