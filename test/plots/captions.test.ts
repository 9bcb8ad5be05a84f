import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareRuns, type Difference } from '../../src/experiments/statistics/compare.ts';
import { sweep, type SweepResult } from '../../src/experiments/sweep.ts';
import { features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { buildHead } from '../../src/models/head.ts';
import { confusionMatrix } from '../../src/plots/confusion-matrix.ts';
import { curvesPlot } from '../../src/plots/experiments/curves.ts';
import { differencesPlot } from '../../src/plots/experiments/differences.ts';
import { learningCurve } from '../../src/plots/experiments/learning-curve.ts';
import { learningRatePlot } from '../../src/plots/experiments/learning-rate.ts';
import { runsTable } from '../../src/plots/experiments/runs-table.ts';
import { sweepPlot } from '../../src/plots/experiments/sweep.ts';
import { normal, random } from '../../src/random.ts';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import type { Evaluation } from '../../src/training/evaluation/evaluation.ts';
import { findLearningRate } from '../../src/training/find-learning-rate.ts';
import { fit } from '../../src/training/fit.ts';
import type { History } from '../../src/training/history.ts';
import { parsed } from './parsed.ts';

const classNames = ['left', 'right'];

/** Two clouds that overlap. */
function clouds(n: number, name: string, turned = false) {
  const next = random(n, name);
  const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
  const rows = Float32Array.from({ length: n * 4 }, (_, i) => normal(next) + 2 * labels[Math.floor(i / 4)]);
  return features(rows, turned ? labels.map((label) => 1 - label) : labels, { name, classNames });
}

const data = { train: clouds(40, 'forty'), validation: clouds(20, 'twenty'), test: clouds(30, 'thirty') };
const opposite = clouds(40, 'forty', true);
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

  it('where training went back to its best epoch, that one and what it had on the validation images', async () => {
    const head = headOf();
    // what it learns is the opposite of what the validation images are: their loss rises
    const options = { epochs: 6, learningRate: 0.01, validation: data.validation, progress: false, seed: 7 } as const;
    const back = await fit(head, opposite, { ...options, restoreBest: true });
    expect(back.best).toBeLessThan(6);
    const { accuracy } = await evaluate(head, data.validation);
    const share = `${(100 * accuracy.value).toFixed(1)} %`;
    const kept = `forty; dropout 0.2; 6 epochs, weights of epoch ${back.best}; seed 7`;
    expect(said(learningCurve(back))).toContain(
      `${kept}; n = 40 training images; validation accuracy in epoch ${back.best}, whose weights were kept: ${share}`,
    );
    expect(String(back)).toMatch(
      new RegExp(`^history of 6 epochs in .* s, epoch ${back.best} kept: .*, validation ${share}; ${kept}$`),
    );
    expect(said(confusionMatrix(await evaluate(head, data.test), { history: back }))).toContain(`; trained on ${kept}`);
    const last = await fit(headOf(), opposite, options);
    expect(said(learningCurve(last))).toContain(
      '; 6 epochs; seed 7; n = 40 training images; validation accuracy in epoch 6: ',
    );
  });

  it('the epochs that it ran, not those that were asked for', async () => {
    const early = await fit(headOf(), opposite, {
      epochs: 20,
      learningRate: 0.01,
      patience: 1,
      validation: data.validation,
      progress: false,
    });
    const ran = early.epochs.length;
    expect(ran).toBeLessThan(20);
    expect(said(learningCurve(early))).toContain(`forty; dropout 0.2; ${ran} epochs; seed 1;`);
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

  it('a sweep, data, n, what is the same for all runs, seeds, and the best setting by validation with its interval', () => {
    expect(said(sweepPlot(swept, { x: 'dropout' }))).toMatch(
      /forty; 30 test images; epochs 2; seeds 1, 2; chosen on validation images: dropout 0(\.5)?; on the test images [\d.]+ % \(95 % interval .+, n = 30\); dots/,
    );
    expect(said(sweepPlot(swept.runs, { x: 'dropout' }))).toContain('n = 30 test images; epochs 2; seeds 1, 2;');
    expect(said(runsTable(swept))).toContain('n = 30 test images each; the same for all: epochs 2; forty');
    // without validation images the test images choose, and it says so
    const blind = swept.runs.map(({ epochs, ...run }) => ({
      ...run,
      epochs: epochs.map(({ valLoss: _, valAccuracy: __, ...epoch }) => epoch),
    }));
    expect(said(sweepPlot(blind, { x: 'dropout' }))).toContain(
      'best mean on the test images, which flatters it: dropout',
    );
    // what goes into a mean beside seeds
    expect(said(sweepPlot(swept, { x: 'seed' }))).toContain('; dropout 0, 0.5; seeds 1, 2; ');
    expect(said(sweepPlot(swept, { x: 'seed' }))).toContain('line: their mean over all values of dropout;');
    expect(said(curvesPlot(swept, { by: 'seed' }))).toMatch(
      /; dropout 0, 0\.5; seeds 1, 2; lines: mean validation accuracy, n = 20 images; bands: lowest to highest$/,
    );
    expect(said(curvesPlot(swept, { by: 'dropout', what: 'accuracy' }))).toMatch(
      /; seeds 1, 2; lines: mean training accuracy; bands: lowest to highest$/,
    );
    expect(() => sweepPlot([], { x: 'dropout' })).toThrow('sweepPlot: expected one finished run or more; got none.');
  });

  it('differences, what the sweep rests on and how the intervals are to be read', () => {
    const [none, half] = [0, 0.5].map((rate) => swept.runs.filter(({ setting }) => setting.dropout === rate));
    const difference = compareRuns(
      half.map(({ right }) => right),
      none.map(({ right }) => right),
    );
    const caption = (...differences: Difference[]): string =>
      said(
        differencesPlot(
          differences.map((one, i) => ({ name: `${i}`, difference: one })),
          { base: 'none', basis: swept.basis },
        ),
      );
    expect(caption(difference)).toContain(
      'forty; 30 test images; intervals: 95 %, paired over n = 30 test images and over 2 runs each; grey',
    );
    expect(caption(compareRuns([half[0]], [none[0]]))).toContain(
      'paired over n = 30 test images; one run each: other seeds are not in them; grey',
    );
    expect(caption(compareRuns(half, [none[0]]))).toContain(
      'and over 1 to 2 runs each; of one run other seeds are not in them; grey',
    );
    expect(caption(difference, difference)).toContain('intervals: 95 % for each comparison alone, paired');
    const of = compareRuns(half, none, { comparisons: 2 });
    expect(caption(of, of)).toContain('intervals: 95 % for all 2 comparisons together, paired');
  });

  it('a search for a learning rate, data and seed', async () => {
    const rates = await findLearningRate(headOf(), data.train, { steps: 20, seed: 3, progress: false });
    expect(said(learningRatePlot(rates))).toContain('forty; batches of 32; seed 3; ');
  });
});
