import * as Plot from '@observablehq/plot';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/experiments/statistics/compare.ts';
import type { SweepRun } from '../../src/experiments/sweep.ts';
import { INTERPOLATIONS } from '../../src/pixels/interpolation.ts';
import { confusionMatrix } from '../../src/plots/confusion-matrix.ts';
import { curvesPlot } from '../../src/plots/experiments/curves.ts';
import { differencesPlot } from '../../src/plots/experiments/differences.ts';
import { frontierPlot } from '../../src/plots/experiments/frontier.ts';
import { learningCurve } from '../../src/plots/experiments/learning-curve.ts';
import { learningRatePlot } from '../../src/plots/experiments/learning-rate.ts';
import { sweepPlot } from '../../src/plots/experiments/sweep.ts';
import { plotCard } from '../../src/plots/frame/card.ts';
import { perClassAccuracy } from '../../src/plots/per-class.ts';
import { probabilityBars } from '../../src/plots/pictures/probabilities.ts';
import { reliabilityDiagram } from '../../src/plots/reliability.ts';
import { spectrumPlot } from '../../src/plots/spectrum.ts';
import { random } from '../../src/random.ts';
import { proportion } from '../../src/training/evaluation/interval.ts';
import { evaluationOf } from '../plots/fixed-rows.ts';
import { launch } from './browser.ts';
import { faultyLabels } from './labels.ts';

const LONG = 'a rather long name of class';

/** Plots of K classes, settings or backbones, of rows drawn by a seed. */
function plotsOf(k: number, name: (i: number) => string): Record<string, string> {
  const next = random(k, 'labels');
  const names = Array.from({ length: k }, (_, i) => name(i));
  const labels = Int32Array.from({ length: 40 * k }, (_, i) => i % k);
  const probabilities = Float32Array.from({ length: labels.length * k }, () => next() ** 6);
  for (let i = 0; i < labels.length; i++) {
    const row = probabilities.subarray(i * k, (i + 1) * k);
    if (next() < 0.8) row[labels[i]] += 1;
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((value, j) => (row[j] = value / sum));
  }
  const evaluation = evaluationOf(labels, probabilities, names, 'drawn');
  const right = (share: number): Uint8Array => Uint8Array.from({ length: 200 }, () => Number(next() < share));
  const curve = (end: number, epochs = 20) =>
    Array.from({ length: epochs }, (_, i) => ({
      epoch: i + 1,
      loss: 2 / (i + 1),
      accuracy: end * (1 - 0.5 / (i + 1)),
      valLoss: 2.05 / (i + 1),
      valAccuracy: end * (0.98 - 0.5 / (i + 1)),
      seconds: 1,
    }));
  const runs = names.map((optimizer, i): SweepRun => {
    const of = right(0.6 + i / 100);
    const accuracy = of.reduce((a, b) => a + b, 0) / of.length;
    const setting = { optimizer: optimizer as 'adam', l2: 10 ** -(1 + (i % 5)), seed: 1 };
    return { setting, accuracy, right: of, loss: 1, epochs: curve(accuracy), seconds: 1 };
  });
  const base = right(0.7);
  const differences = names.map((one, i) => ({ name: one, difference: compareRuns([right(0.6 + i / 100)], [base]) }));
  const choices = names.slice(0, 10).map((one, i) => {
    return { name: one, cost: 2 + 40 * next() * (i + 1), accuracy: proportion(60 + Math.round(30 * next()), 100) };
  });
  const ranking = names.map((className) => ({ className, probability: 1 / k }));
  const epochs = curve(0.9);
  return {
    confusionMatrix: confusionMatrix(evaluation),
    perClass: perClassAccuracy(evaluation),
    reliability: reliabilityDiagram(evaluation),
    probabilities: probabilityBars(ranking),
    sweep: sweepPlot(runs, { x: 'l2', series: 'optimizer', log: true }),
    points: sweepPlot(runs, { x: 'optimizer' }),
    curves: curvesPlot(runs, { by: 'optimizer' }),
    differences: differencesPlot(differences, { base: names[0] }),
    frontier: frontierPlot(choices, { cost: 'milliseconds an image' }),
    close: frontierPlot(
      choices.map((one, i) => ({ ...one, cost: 100 + i })),
      { cost: 'features of a picture' },
    ),
    learningCurve: learningCurve(epochs),
    // the last word of a curve that ends at 100 %, and the words about the pretrained layers, on either side
    fineTuningCurve: learningCurve(
      epochs.map((one) => ({ ...one, accuracy: 1 })),
      { headEpochs: 4 },
    ),
    fineTuningCurveAtLast: learningCurve(
      epochs.map((one) => ({ ...one, accuracy: 1 })),
      { headEpochs: epochs.length - 2 },
    ),
    learningCurveOfFive: learningCurve(epochs.slice(0, 2), { total: 5 }),
    learningRate: learningRatePlot({
      rows: Array.from({ length: 60 }, (_, i) => ({
        learningRate: 10 ** (-6 + i / 12),
        loss: 3 - i / 40,
        smoothed: 3 - i / 40,
      })),
      suggestion: 0.02,
      basis: 'drawn',
    }),
    spectrum: spectrumPlot({
      rows: INTERPOLATIONS.flatMap((interpolation, i) =>
        [0.1, 0.5, 1, 3.5].map((frequency) => ({ interpolation, frequency, power: 60 - 20 * frequency - i })),
      ),
      imageSize: [32, 32],
      size: 224,
      basis: 'drawn',
    }),
    own: plotCard(
      {
        x: { label: 'epoch' },
        y: { label: 'accuracy (%)', grid: true },
        width: 600,
        marks: [Plot.lineY(epochs, { x: 'epoch', y: 'accuracy' })],
      },
      { alt: 'A plot of one’s own' },
    ),
  };
}

describe('texts of plots neither overlap nor end outside nor become smaller than 10 pixels', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  for (const [what, k, name] of [
    ['2 classes', 2, (i: number) => ['cat', 'dog'][i]],
    ['10 classes', 10, (i: number) => `class ${i}`],
    ['30 classes', 30, (i: number) => `class ${i}`],
    ['10 classes with long names', 10, (i: number) => `${LONG} ${i}`],
  ] as const) {
    it(what, async () => {
      const html = Object.values(plotsOf(k, name)).join('<br>');
      const page = await browser.newPage();
      for (const width of [400, 1200]) {
        await page.setViewportSize({ width, height: 900 });
        await page.setContent(`<!doctype html><meta charset="utf-8"><body style="margin:8px">${html}</body>`);
        expect(await faultyLabels(page), `at ${width} px`).toEqual([]);
      }
      await page.close();
    });
  }
});
