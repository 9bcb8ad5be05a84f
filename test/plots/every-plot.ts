import type { Spectra } from '../../src/analysis/spectrum.ts';
import { compareRuns } from '../../src/experiments/statistics/compare.ts';
import { activationMaps } from '../../src/plots/pictures/activation-maps.ts';
import { augmentationGrid, warpComparison } from '../../src/plots/pictures/augmentations.ts';
import type { DrawOptions } from '../../src/plots/frame/card.ts';
import { closestPairs } from '../../src/plots/pictures/closest-pairs.ts';
import { confusionMatrix } from '../../src/plots/confusion-matrix.ts';
import { curvesPlot } from '../../src/plots/experiments/curves.ts';
import { differencesPlot } from '../../src/plots/experiments/differences.ts';
import { doubtfulLabels } from '../../src/plots/pictures/doubtful-labels.ts';
import { embeddingMap } from '../../src/plots/embedding-map.ts';
import { frontierPlot } from '../../src/plots/experiments/frontier.ts';
import { interpolationComparison } from '../../src/plots/pictures/interpolations.ts';
import { learningCurve } from '../../src/plots/experiments/learning-curve.ts';
import { learningRatePlot } from '../../src/plots/experiments/learning-rate.ts';
import { confidentMistakes } from '../../src/plots/pictures/mistakes.ts';
import { perClassAccuracy } from '../../src/plots/per-class.ts';
import { probabilityBars } from '../../src/plots/pictures/probabilities.ts';
import { reliabilityDiagram } from '../../src/plots/reliability.ts';
import { runsTable } from '../../src/plots/experiments/runs-table.ts';
import { sampleGrid } from '../../src/plots/pictures/sample-grid.ts';
import { spectrumPlot } from '../../src/plots/spectrum.ts';
import { sweepPlot } from '../../src/plots/experiments/sweep.ts';
import { INTERPOLATIONS } from '../../src/pixels/interpolation.ts';
import { createEvaluation } from '../../src/training/evaluation/evaluation.ts';
import { proportion } from '../../src/training/evaluation/interval.ts';
import { tempered } from '../../src/training/evaluation/tempered.ts';
import { epochs, evaluationOf, fewImages, historyOf, runsOf } from './fixed-rows.ts';

const points = [0, 3, 1, 5, 2, 4].map((y, x) => [x, y] as const);
const heat = { map: Float32Array.of(0, 0.5, 1, 0.2), size: [2, 2], classIndex: 0, probability: 0.9 } as const;
const spectra: Spectra['rows'] = INTERPOLATIONS.flatMap((interpolation, i) =>
  [0.25, 0.5, 1, 2].map((frequency) => ({ interpolation, frequency, power: 60 - 20 * frequency - i })),
);
// two of six are wrong, one surer than the other
const probabilities = Float32Array.from(
  ['8 1 1', '1 8 1', '7 2 1', '9 1 0', '2 2 6', '1 1 8'].flatMap((row) => row.split(' ').map((tenths) => +tenths / 10)),
);

/** Every plot there is, of fixed rows, with a text of anybody's wherever it takes one. */
export function everyPlot(text: string, draw: DrawOptions = {}): Record<string, () => string | Promise<string>> {
  const names = [text, 'square', 'triangle'];
  const dataset = fewImages(names, text);
  const evaluation = evaluationOf(dataset.labels, probabilities, names, text);
  const scaled = createEvaluation({ ...evaluation, probabilities: tempered(probabilities, 3, 2), temperature: 2 });
  const history = historyOf(text);
  const sweep = { runs: runsOf(text), basis: `${text}; 40 test images` };
  const rates = [1, 2, 3].map((i) => ({ learningRate: 10 ** -i, loss: i, smoothed: i + 0.5 }));
  const [worse, better] = [sweep.runs.slice(0, 2), sweep.runs.slice(2)].map((runs) => runs.map(({ right }) => right));
  const differences = [
    { name: text, difference: compareRuns(better.slice(1), worse.slice(0, 1), { comparisons: 2 }) },
    { name: 'the same', difference: compareRuns(worse, worse, { comparisons: 2 }) },
  ];
  const choices = [
    { name: text, cost: 1, accuracy: proportion(5, 10) },
    { name: 'b', cost: 20, accuracy: proportion(6, 10) },
  ];
  const issues = [{ index: 2, label: 2, suggestion: 0, selfConfidence: 0.1 }];
  const pairs = [{ first: 0, second: 3, similarity: 0.98 }];
  const maps = points.map(() => ({ ...heat, basis: text }));
  const of = { imageSize: [32, 32], size: 64, basis: text } as const;
  return {
    sampleGrid: () => sampleGrid(dataset, draw),
    interpolationComparison: () => interpolationComparison(dataset, 2, { size: 64, ...draw }),
    spectrumPlot: () => spectrumPlot({ rows: spectra, ...of }, draw),
    augmentationGrid: () => augmentationGrid(dataset, { [text]: { rotationRange: 10 } }, { count: 3, ...draw }),
    warpComparison: () => warpComparison(dataset, 1, { rotationRange: 10 }, { size: 64, views: 2, ...draw }),
    learningCurve: () => learningCurve(history, { total: 20, ...draw }),
    fineTuningCurve: () => learningCurve(history, { total: 20, headEpochs: 12, ...draw }),
    liveLearningCurve: () => learningCurve(epochs.slice(0, 1), { total: 20, ...draw }),
    learningRatePlot: () => learningRatePlot({ rows: rates, suggestion: 0.02, basis: text }, draw),
    confusionMatrix: () => confusionMatrix(evaluation, { history, ...draw }),
    perClassAccuracy: () => perClassAccuracy(evaluation, draw),
    reliabilityDiagram: () => reliabilityDiagram(evaluation, { history, ...draw }),
    reliabilityBeforeAndAfter: () => reliabilityDiagram(scaled, draw),
    confidentMistakes: () => confidentMistakes(dataset, evaluation, draw),
    probabilityBars: () => probabilityBars([{ className: text, probability: 1 }], { title: text, ...draw }),
    sweepPlot: () => sweepPlot(sweep, { x: 'dropout', series: 'optimizer', ...draw }),
    curvesPlot: () => curvesPlot(sweep, { by: 'optimizer', ...draw }),
    runsTable: () => runsTable(sweep, draw),
    differencesPlot: () => differencesPlot(differences, { base: text, basis: sweep.basis, ...draw }),
    frontierPlot: () => frontierPlot(choices, { cost: text, title: text, basis: sweep.basis, ...draw }),
    embeddingMap: () =>
      embeddingMap(dataset, { points, basis: text }, { predictions: evaluation, title: text, ...draw }),
    doubtfulLabels: () => doubtfulLabels(dataset, issues, { basis: text, ...draw }),
    closestPairs: () => closestPairs(dataset, dataset, pairs, { names: [text, text], basis: text, ...draw }),
    activationMaps: () => activationMaps(dataset, maps, { title: text, ...draw }),
  };
}
