import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/experiments/compare.ts';
import { sweep, type SweepResult } from '../../src/experiments/sweep.ts';
import { features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { buildHead } from '../../src/models/head.ts';
import { confusionMatrix } from '../../src/plots/confusion-matrix.ts';
import { differencesPlot } from '../../src/plots/differences.ts';
import { learningCurve } from '../../src/plots/learning-curve.ts';
import { learningRatePlot } from '../../src/plots/learning-rate.ts';
import { runsTable } from '../../src/plots/runs-table.ts';
import { sweepPlot } from '../../src/plots/sweep.ts';
import { normal, random } from '../../src/random.ts';
import { evaluate } from '../../src/training/evaluate.ts';
import type { Evaluation } from '../../src/training/evaluation.ts';
import { findLearningRate } from '../../src/training/find-learning-rate.ts';
import { fit } from '../../src/training/fit.ts';
import type { History } from '../../src/training/history.ts';
import { parsed } from './parsed.ts';

const classNames = ['left', 'right'];

/** Two clouds that overlap. */
function clouds(n: number, name: string) {
  const next = random(n, name);
  const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
  const rows = Float32Array.from({ length: n * 4 }, (_, i) => normal(next) + 2 * labels[Math.floor(i / 4)]);
  return features(rows, labels, { name, classNames });
}

const data = { train: clouds(40, 'forty'), validation: clouds(20, 'twenty'), test: clouds(30, 'thirty') };
const said = (html: string): string => parsed(html).page.body.textContent ?? '';
const headOf = () => buildHead([4], { classes: classNames, dropout: 0.2 });

describe('without a caption, a plot says what it rests on:', () => {
  let history: History;
  let evaluation: Evaluation;
  let swept: SweepResult;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'captions-'));
  beforeAll(async () => {
    await useTensorFlow();
    const head = headOf();
    history = await fit(head, data.train, { epochs: 2, seed: 7, validation: data.validation, progress: false });
    evaluation = await evaluate(head, data.test);
    swept = await sweep({ dropout: [0, 0.5], epochs: [2], seed: [1, 2] }, data, { folder, progress: false });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('a learning curve, data, settings, seed, and the interval of its last validation', () => {
    const curve = said(learningCurve(history));
    expect(curve).toContain('forty; dropout 0.2; 2 epochs; seed 7; n = 40 training images; ');
    expect(curve).toMatch(/; validation accuracy in epoch 2: [\d.]+ % \(95 % interval [\d.]+ to [\d.]+, n = 20\)$/);
  });

  it('an evaluation, its interval, n and data, and with a history the training', () => {
    expect(said(confusionMatrix(evaluation))).toMatch(/accuracy [\d.]+ % \(95 % interval .+, n = 30\); thirty$/);
    expect(said(confusionMatrix(evaluation, { history }))).toMatch(
      /; thirty; trained on forty; dropout 0\.2; 2 epochs; seed 7$/,
    );
  });

  it('never with the history of another training', async () => {
    const other = await fit(headOf(), data.train, { epochs: 1, seed: 8, progress: false });
    expect(() => confusionMatrix(evaluation, { history: other })).toThrow(
      'history: expected the training of the head that was evaluated; got that of another one (Dropout 0.2, Dense 2)',
    );
  });

  it('a sweep, data, n, what is the same for all runs, seeds, and the best mean with its interval', () => {
    expect(said(sweepPlot(swept, { x: 'dropout' }))).toMatch(
      /forty; 30 test images; epochs 2; seeds 1, 2; best mean: [\d.]+ % \(95 % interval .+, n = 30\) at dropout/,
    );
    expect(said(sweepPlot(swept.runs, { x: 'dropout' }))).toContain('n = 30 test images; epochs 2; seeds 1, 2;');
    expect(said(runsTable(swept))).toContain('n = 30 test images each; the same for all: epochs 2; forty;');
    expect(() => sweepPlot([], { x: 'dropout' })).toThrow('sweepPlot: expected one finished run or more; got none.');
  });

  it('differences, what the sweep rests on and how the intervals are to be read', () => {
    const [none, half] = [0, 0.5].map((rate) => swept.runs.filter(({ setting }) => setting.dropout === rate));
    const difference = compareRuns(
      half.map(({ right }) => right),
      none.map(({ right }) => right),
    );
    expect(said(differencesPlot([{ name: 'half', difference }], { base: 'none', basis: swept.basis }))).toContain(
      'forty; 30 test images; intervals: 95 %, paired over n = 30 test images and over seeds',
    );
  });

  it('a search for a learning rate, data and seed', async () => {
    const rates = await findLearningRate(headOf(), data.train, { steps: 20, seed: 3, progress: false });
    expect(said(learningRatePlot(rates))).toContain('forty; batches of 32; seed 3; ');
  });
});
