import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { JSDOM } from 'jsdom';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { normal, random } from '../../src/random.ts';
import { curvesPlot } from '../../src/plots/experiments/curves.ts';
import { runFile } from '../../src/experiments/run-records.ts';
import { sweepLines } from '../../src/command/run/print/sweep-lines.ts';
import { runsTable } from '../../src/plots/experiments/runs-table.ts';
import { sweepPlot } from '../../src/plots/experiments/sweep.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { combinations, sweep, type SweepData, type SweepOptions } from '../../src/experiments/sweep.ts';
import { features, type Features, pickFeatures } from '../../src/features/features.ts';
import { tensorsInUse } from '../tensors.ts';

let folder: string;
beforeAll(useTensorFlow);
beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'sweep-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Three clouds in ten dimensions that overlap. */
function clouds(n: number, seed: number): Features {
  const next = random(seed);
  const labels = Array.from({ length: n }, (_, i) => i % 3);
  const values = Float32Array.from(
    { length: n * 10 },
    (_, i) => normal(next) + (i % 10 === labels[Math.floor(i / 10)] ? 1.5 : 0),
  );
  return features(values, labels, { name: `clouds ${seed}` });
}

const data: SweepData = { train: clouds(120, 1), validation: clouds(60, 2), test: clouds(90, 3) };
const options = (): SweepOptions => ({ folder });
const grid = { dropout: [0, 0.5], seed: [1, 2], epochs: [3] };

describe('sweep', () => {
  it('runs every combination, the last option fastest, and writes each down', async () => {
    expect(combinations({ dropout: [0, 0.5], seed: [1, 2] })).toEqual([
      { dropout: 0, seed: 1 },
      { dropout: 0, seed: 2 },
      { dropout: 0.5, seed: 1 },
      { dropout: 0.5, seed: 2 },
    ]);
    const tensors = await tensorsInUse();
    const { runs, failed } = await sweep(grid, data, options());
    expect(failed).toEqual([]);
    expect(runs.map(({ setting }) => [setting.dropout, setting.seed])).toEqual([
      [0, 1],
      [0, 2],
      [0.5, 1],
      [0.5, 2],
    ]);
    for (const run of runs) {
      expect(run.right).toHaveLength(90);
      expect(run.accuracy).toBeCloseTo(run.right.reduce((a, b) => a + b) / 90, 10);
      expect(run.accuracy).toBeGreaterThan(0.5);
      expect(run.epochs).toHaveLength(3);
    }
    expect(readdirSync(folder)).toHaveLength(4);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('finds what earlier versions wrote down, by its name, and knows of each run what it is', async () => {
    const of = { train: { id: 'a', views: 2 }, validation: { id: 'b' }, test: { id: 'c', views: 1 } };
    expect(runFile({ seed: 1, dropout: 0.5, hidden: [4] }, of)).toBe('d120d2025be589720b3598bc.json');
    const [first, again] = [await sweep(grid, data, options()), await sweep(grid, data, options())];
    expect(again.runs.map((run) => run.of)).toEqual(first.runs.map((run) => run.of));
    expect(new Set(first.runs.map((run) => run.of!.key)).size).toBe(4);
    expect(first.runs[0].of).toMatchObject({
      train: data.train.id,
      test: { id: data.test.id, n: 90 },
      validation: { n: 60 },
    });
    // a record has what it always had
    const record = JSON.parse(readFileSync(path.join(folder, readdirSync(folder)[0]), 'utf8')) as object;
    expect(Object.keys(record)).not.toContain('of');
  });

  it('takes finished runs from where they were written down, and only computes what is new or damaged', async () => {
    const first = await sweep(grid, data, options());
    const files = readdirSync(folder).map((name) => path.join(folder, name));
    writeFileSync(files[0], readFileSync(files[0], 'utf8').replace('"right":"', '"right":"0'));
    const dones: (number | undefined)[] = [];
    const more = await sweep({ ...grid, dropout: [0, 0.5, 0.8] }, data, {
      ...options(),
      progress: ({ cached }) => dones.push(cached),
    });
    expect(dones[0]).toBe(3); // the damaged one counts as none
    expect(readdirSync(folder)).toHaveLength(6);
    expect(more.runs.slice(0, 4).map(({ accuracy }) => accuracy)).toEqual(first.runs.map(({ accuracy }) => accuracy));
    expect(more.runs[0].right).toEqual(first.runs[0].right);
  });

  it('takes no run for one on other training, validation or test features, or another order of them', async () => {
    await sweep(grid, data, options());
    const others = [
      { ...data, test: clouds(90, 4) },
      { ...data, validation: clouds(60, 4) },
      { ...data, validation: undefined },
      { ...data, train: clouds(120, 4) },
      { ...data, test: pickFeatures(data.test, [1, 0, ...Array.from({ length: 88 }, (_, i) => i + 2)]) },
    ];
    for (const [i, other] of others.entries()) {
      await sweep(grid, other, options());
      expect(readdirSync(folder), String(i)).toHaveLength(4 * (i + 2));
    }
    // the same content, made anew and elsewhere
    await sweep(grid, { train: clouds(120, 1), validation: clouds(60, 2), test: clouds(90, 3) }, options());
    expect(readdirSync(folder)).toHaveLength(4 * (others.length + 1));
  });

  it('goes on after a run that fails, and says which and why', async () => {
    const { runs, failed } = await sweep({ dropout: [0, 1.5, 0.5], train: [60] }, data, options());
    expect(runs).toHaveLength(2);
    expect(failed).toEqual([
      { setting: { dropout: 1.5, train: 60 }, error: 'dropout: expected a number from 0 to below 1; got 1.5.' },
    ]);
    expect((await sweep({ train: [500] }, data, options())).failed[0].error).toContain(
      'expected 1 to 120 images, whose features are there; got 500',
    );
  });

  it('keeps what is finished when it is interrupted', async () => {
    const controller = new AbortController();
    const interrupted = sweep(grid, data, {
      ...options(),
      signal: controller.signal,
      progress: ({ done }) => done === 2 && controller.abort(new Error('stop')),
    });
    await expect(interrupted).rejects.toThrow('stop');
    expect(readdirSync(folder)).toHaveLength(2);
    expect((await sweep(grid, data, options())).runs).toHaveLength(4);
  });

  it('names the options when it does not know one', async () => {
    await expect(sweep({ dropuot: [0] } as object, data, options())).rejects.toThrow(
      /sweep: expected options head, dropout, hidden, .*; got "dropuot"/,
    );
    await expect(sweep({ dropout: [] }, data, options())).rejects.toThrow(
      'sweep: expected one value or more for "dropout"; got none',
    );
  });

  it('is drawn with a dot for each run, and told in a table, best on the validation images first', async () => {
    const { runs } = await sweep(grid, data, options());
    const picture = (html: string): Document => {
      const { src } = new JSDOM(html).window.document.querySelector('img')!;
      return new JSDOM(Buffer.from(src.split(',')[1], 'base64').toString(), { contentType: 'image/svg+xml' }).window
        .document;
    };
    expect(picture(sweepPlot(runs, { x: 'dropout' })).querySelectorAll('circle')).toHaveLength(4);
    const bySeed = sweepPlot(runs, { x: 'dropout', series: 'seed', caption: '<b>' });
    expect(new JSDOM(bySeed).window.document.body.textContent).toContain('seed 1 seed 2');
    expect(bySeed).not.toContain('<b>');
    const curves = picture(curvesPlot(runs, { by: 'dropout' })); // a mean and a band for each of two rates
    const marks = (label: string): number => curves.querySelectorAll(`g[aria-label="${label}"] path`).length;
    expect([marks('line'), marks('area')]).toEqual([2, 2]);
    const table = new JSDOM(runsTable(runs)).window.document;
    expect([...table.querySelectorAll('th')].map((th) => th.textContent)).toEqual([
      'dropout',
      'seed',
      'validation',
      'test accuracy',
      '95 % interval',
      'loss',
      'seconds',
    ]);
    const accuracies = [...table.querySelectorAll('tbody tr')].map((tr) =>
      Number.parseFloat(tr.children[2].textContent ?? ''),
    );
    expect(accuracies).toEqual([...accuracies].sort((a, b) => b - a));
    expect(table.body.textContent).toContain(
      '4 runs, sorted by validation; n = 60 validation images; n = 90 test images each; the same for all: epochs 3',
    );
    expect(runsTable(runs, { sortBy: 'seed' })).toContain('sorted by seed');
    expect(runsTable([...runs, ...runs])).toBe(runsTable(runs));
    const blind = await sweep(grid, { train: data.train, test: data.test }, options());
    expect(runsTable(blind)).toContain('4 runs, sorted by test accuracy, which flatters the first; n = 90');
    expect(sweepLines(blind).at(-1)).toContain('4 runs, sorted by test accuracy, which flatters the first; all with');
    const lines = sweepLines({ kind: 'sweep', runs, failed: [], basis: 'clouds' });
    expect(lines[0]).toMatch(/^ *dropout +seed +validation % +test % +95 % interval +loss +n$/);
    const validation = lines.slice(1, 5).map((line) => Number(line.trim().split(/ {2,}/)[2]));
    expect(validation).toEqual([...validation].sort((a, b) => b - a));
    expect(lines[5]).toBe('4 runs, sorted by validation accuracy; all with epochs 3; clouds');
  });
});
