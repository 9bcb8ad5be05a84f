import { describe, expect, it } from 'vitest';
import { readText } from '../../src/storage/files/read-file.ts';
import { DOCUMENT, readResults, type Record, resultsTable, withTable } from '../../src/results/table.ts';
import { node } from '../process.ts';

const record: Record = {
  about: 'a row',
  accuracy: 0.8754,
  interval: [0.8688, 0.8817],
  test: 10_000,
  train: 50_000,
  validation: 5000,
  seeds: [1, 2],
  each: [0.875, 0.8758],
  chosen: 'decay 0.001',
  width: 1280,
  disk: 153_600_000,
  seconds: { features: 1999.6, training: 12 },
  memoryMiB: { notebook: 2100, backbone: 900 },
  hardware: 'a CPU, 2 threads',
  date: '2026-11-26',
  commit: 'abc',
};

describe('the table of results', () => {
  it('has a line for each row that was made, in the order of the rows', () => {
    const [head, , original, first, second, ...more] = resultsTable({ pools: record, 'frozen-224': record }).split(
      '\n',
    );
    expect(head).toContain('| test accuracy | seeds |');
    expect(original).toContain('| 81.0 % (20 readings');
    expect(first).toMatch(
      /^\| frozen-224 \| a row \(decay 0.001\) \| \*\*87.5 %\*\* \(86.9 to 88.2; each 87.5, 87.6\) \| 1, 2 \|/,
    );
    expect(second).toMatch(/^\| pools .* features 2,000, training 12 \| 2,100 \+ 900 MiB \| 1,280 numbers, 154 MB \|$/);
    expect(more).toEqual([]);
    // of a row that found features, their seconds are not known
    expect(resultsTable({ pools: { ...record, kept: 1200 } })).toContain(
      'training 12; 1,200 features were there before |',
    );
  });

  it('stands between its marks, and is the one of docs/results.json', async () => {
    const document = await readText(DOCUMENT);
    const filled = withTable({ pools: record }, document);
    expect(filled).toContain('| pools | a row');
    expect(withTable({}, filled).length).toBeLessThan(filled.length);
    expect(() => withTable({}, 'nothing')).toThrow(/expected the lines "<!-- rows/);
    for (const [name, { accuracy }] of Object.entries(await readResults()))
      expect(document.split('\n').find((line) => line.startsWith(`| ${name} `))).toContain(
        `${(100 * accuracy).toFixed(1)} %`,
      );
  });

  it('names the rows, and the one that was meant', async () => {
    const { stdout } = await node(['src/results/results.mjs']);
    expect(stdout).toMatch(/^frozen-224 .*\n[^]*\nfine-tuned-128 /);
    const wrong = await node(['src/results/results.mjs', 'poools']);
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('got poools. Did you mean pools?')]);
  });
});
