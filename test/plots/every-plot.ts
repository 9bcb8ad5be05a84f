import { shapes10 } from '../../src/data/shapes10.ts';
import { activationMaps } from '../../src/plots/activation-maps.ts';
import { augmentationGrid, warpComparison } from '../../src/plots/augmentations.ts';
import { confusionMatrix } from '../../src/plots/confusion-matrix.ts';
import { differencesPlot } from '../../src/plots/differences.ts';
import { embeddingMap } from '../../src/plots/embedding-map.ts';
import { frontierPlot } from '../../src/plots/frontier.ts';
import { kernelComparison } from '../../src/plots/kernels.ts';
import { learningCurve } from '../../src/plots/learning-curve.ts';
import { learningRatePlot } from '../../src/plots/learning-rate.ts';
import { perClassAccuracy } from '../../src/plots/per-class.ts';
import { confidentMistakes, sampleGrid } from '../../src/plots/pictures.ts';
import { probabilityBars } from '../../src/plots/probabilities.ts';
import { spectrumPlot } from '../../src/plots/spectrum.ts';
import { curvesPlot, runsTable, sweepPlot } from '../../src/plots/sweep.ts';
import { compareRuns } from '../../src/experiments/compare.ts';
import { proportion } from '../../src/training/interval.ts';
import type { SweepRun } from '../../src/experiments/sweep.ts';

export const images = shapes10({ size: 60 });
const [ones, zeros] = [1, 0].map((value) => new Uint8Array(40).fill(value));
const epoch = { epoch: 1, loss: 1.5, accuracy: 0.5, valLoss: 1.2, valAccuracy: 0.6, seconds: 1 };
const predictions = images.labels.map((label, i) => (i % 3 ? label : (label + 1) % 10));
const probabilities = Float32Array.from({ length: 600 }, (_, i) => (i % 10 === predictions[Math.floor(i / 10)] ? 0.91 : 0.01));

/** Every plot there is, with a text of anybody's wherever it takes one. */
export function everyPlot(text: string): Record<string, () => string | Promise<string>> {
  const names = [text, ...images.classNames.slice(1)];
  const named = { ...images, name: text, classNames: names };
  const caption = text;
  const runs: SweepRun[] = [0, 0.5].map((dropout, i) => ({
    setting: { dropout, seed: 1, optimizer: text as 'adam' },
    accuracy: 0.5,
    right: i ? ones : zeros,
    loss: 1,
    epochs: [epoch],
    seconds: 1,
  }));
  return {
    sampleGrid: () => sampleGrid(named, { caption }),
    kernelComparison: () => kernelComparison(named, 2, { size: 64, caption }),
    spectrumPlot: () => spectrumPlot(named, { size: 64, count: 2 }),
    augmentationGrid: () => augmentationGrid(named, { [text]: { rotationRange: 10 } }, { caption }),
    warpComparison: () => warpComparison(named, 1, { rotationRange: 10 }, { size: 64, caption }),
    learningCurve: () => learningCurve([epoch, { ...epoch, epoch: 2, loss: 1 }], { total: 20, caption }),
    learningRatePlot: () => learningRatePlot({ rows: [1, 2, 3].map((i) => ({ learningRate: 10 ** -i, loss: i, smoothed: i })), suggestion: 0.02 }, { caption }),
    confusionMatrix: () => confusionMatrix(images.labels, predictions, names, { caption }),
    perClassAccuracy: () => perClassAccuracy(images.labels, predictions, names, { caption }),
    confidentMistakes: () => confidentMistakes(named, probabilities, { caption }),
    probabilityBars: () => probabilityBars([{ className: text, probability: 1 }], { title: text, caption }),
    sweepPlot: () => sweepPlot(runs, { x: 'dropout', series: 'optimizer', caption }),
    curvesPlot: () => curvesPlot(runs, { by: 'optimizer', caption }),
    runsTable: () => runsTable(runs),
    differencesPlot: () => differencesPlot([{ name: text, difference: compareRuns([ones], [zeros]) }], { base: text, caption }),
    frontierPlot: () => frontierPlot([{ name: text, cost: 1, accuracy: proportion(5, 10) }, { name: 'b', cost: 20, accuracy: proportion(6, 10) }], { cost: text, title: text, caption }), // prettier-ignore
    embeddingMap: () => embeddingMap(named, Array.from({ length: 60 }, (_, i) => [i, i % 7] as const), { predictions, title: text, caption }), // prettier-ignore
    activationMaps: () => activationMaps(named, [{ map: Float32Array.of(0, 0.5, 1, 0.2), size: [2, 2], classIndex: 0, probability: 0.9 }], { title: text, caption }), // prettier-ignore
  };
}
