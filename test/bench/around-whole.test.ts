import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { untilCurve } from '../../src/bench/around-whole.ts';
import { bench } from '../../src/bench/flags.mjs';
import { parseArguments } from '../../src/command/flags/arguments.mjs';

describe('first cell to first curve', () => {
  it('is read from what nbclient wrote into notebook 01', () => {
    const notebook = readFileSync('notebooks/01-transfer-learning.ipynb', 'utf8');
    const stamps = [...notebook.matchAll(/"(?:iopub\.status\.busy|shell\.execute_reply)": "(.*?)"/g)];
    const all = (Date.parse(stamps.at(-1)![1]) - Date.parse(stamps[0][1])) / 1000;
    expect(untilCurve(notebook)).toBeGreaterThan(0);
    expect(untilCurve(notebook)).toBeLessThan(all);
  });

  it('counts from the first code cell to the end of the cell with the curve', () => {
    const at = (from: number, to: number): object => ({
      execution: {
        'iopub.status.busy': `2026-11-26T00:00:${from}.500000Z`,
        'shell.execute_reply': `2026-11-26T00:00:${to}.750000Z`,
      },
    });
    const cells = [
      { cell_type: 'markdown', source: 'liveCurve(', metadata: {} },
      { cell_type: 'code', source: ['import { liveCurve }'], metadata: at(10, 12) },
      { cell_type: 'code', source: ['await fit(\n', '  liveCurve({}));'], metadata: at(20, 31) },
      { cell_type: 'code', source: 'evaluate()', metadata: at(40, 50) },
    ];
    expect(untilCurve(JSON.stringify({ cells }))).toBe(21.25);
    expect(() => untilCurve(JSON.stringify({ cells: cells.slice(0, 2) }))).toThrow(
      'Expected a notebook that ran up to',
    );
  });
});

describe('--before', () => {
  it('is refused alone and where there is no clone', () => {
    expect(() => parseArguments(bench, ['--before', '.'])).toThrow(
      '--before: expected --around with it; --around is missing.',
    );
    expect(() => parseArguments(bench, ['--around', '--before', 'docs'])).toThrow(
      '--before: expected a clone of Graft; got "docs".',
    );
    expect(parseArguments(bench, ['--around', '--before', '.']).values.before).toBe('.');
  });
});
