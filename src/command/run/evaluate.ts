import path from 'node:path';
import { loadToPredict } from '../../classifier/load.ts';
import { recolouredText } from '../../data/pictures/reading.ts';
import { seenText } from '../../data/seen.ts';
import { subset } from '../../data/subset.ts';
import { testFigures } from '../../experiments/test-figures.ts';
import { commit } from '../../host/commit.ts';
import { cpuModel } from '../../host/machine.ts';
import { duration, progressBar } from '../../host/progress.ts';
import { confusionCounts } from '../../plots/confusion-matrix.ts';
import { shortPath } from '../../project.ts';
import { makeFolder, replaceFile } from '../../storage/files/replace-file.ts';
import { writeCsv } from '../../storage/files/write-csv.ts';
import { evaluate } from '../../training/evaluation/evaluate.ts';
import { classReport, type ClassReport } from '../../training/evaluation/class-report.ts';
import type { Evaluation } from '../../training/evaluation/evaluation.ts';
import { mistakesOf } from '../../training/evaluation/mistakes.ts';
import { thresholdTable } from '../../training/evaluation/thresholds.ts';
import type { Run } from '../line/command.mjs';
import type { flags } from '../evaluate.mjs';
import { UsageError } from '../line/usage-error.mjs';
import { evaluationPage } from './print/evaluation-page.ts';
import { leavingOutDamaged } from './open/leaving-out-damaged.ts';
import { loadToTest } from './open/load.ts';
import { type MistakeWithNearest, withNearest } from './open/nearest-training.ts';
import { testLines } from './print/test-lines.ts';

export const run: Run<typeof flags> = leavingOutDamaged(async (values, { signal }) => {
  const { classifier: folder = 'results/classifier', size, seed = 1 } = values;
  const { weights, engine, cache, nearest = false, out = 'results/evaluation' } = values;
  const classifier = await loadToPredict(folder, { weights, engine });
  const { images: all, leftOut, note, trained } = await loadToTest(classifier, values, signal);
  if (size && size > all.n)
    throw new UsageError(`--size: expected a whole number from 1 to ${all.n} (${all.name}); got ${size}.`);
  const images = size ? subset(all, { size, seed }) : all;
  makeFolder(out);
  const start = performance.now();
  const evaluation = await evaluate(classifier, images, {
    extract: { engine, cache, progress: progressBar(), signal },
  });
  const { origin } = evaluation.of.test;
  const { backbone } = classifier;
  const figures = testFigures(evaluation);
  const seen = seenAmong(evaluation);
  const colours = evaluation.recoloured && recolouredText(evaluation.recoloured);
  const { precision } = origin?.backbone ?? {};
  const beside = await withNearest(
    mistakesOf(evaluation, images),
    { backbone, images, trained },
    {
      ...{ compute: nearest, engine, cache, signal, progress: progressBar() },
      precision: precision === 'float32' || precision === 'int8' ? precision : undefined,
    },
  );
  const lines = [...testLines(figures), ...[seen, note, colours, beside.note].flatMap((line) => line || [])];
  const report = {
    ...figures,
    classReport: classReport(evaluation),
    thresholds: thresholdTable(evaluation),
    mistakes: beside.mistakes,
    /** Rows are true classes, columns predicted ones, in the order of the class names. */
    confusion: rowsOf(confusionCounts(evaluation.labels, evaluation.predictions, classifier.classNames.length)),
    classNames: classifier.classNames,
    data: { name: images.name, n: images.n, hash: images.id },
    /** Pictures it was trained and validated on: among those tested, and left out; null if not known. */
    seen: { tested: evaluation.seen ?? null, leftOut: leftOut ?? null },
    /** How many were read in other colours when the classifier was trained. */
    recoloured: evaluation.recoloured,
    classifier: { folder, id: classifier.id, network: backbone.network, cut: backbone.cut },
    precision: origin?.backbone.precision,
    engine: origin?.engine,
    hardware: cpuModel(),
    graft: commit(),
    finished: new Date().toISOString(),
    seconds: (performance.now() - start) / 1000,
  };
  replaceFile(path.join(out, 'evaluation.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeCsv(path.join(out, 'classes.csv'), classesTable(report.classReport), { forSpreadsheets: true });
  await writeCsv(path.join(out, 'mistakes.csv'), mistakesCsv(report.mistakes), { forSpreadsheets: true });
  const page = path.join(out, 'evaluation.html');
  replaceFile(page, await evaluationPage(images, evaluation, { lines, report, trained }));
  const text = [
    ...lines,
    `${images.name}; ${backbone.network} to ${backbone.cut}, ${origin?.backbone.precision ?? 'float32'}`,
    `${duration(report.seconds)}; ${origin?.engine ?? ''}; ${cpuModel()}`,
    `report in ${shortPath(page)}`,
  ];
  return { text: text.join('\n'), json: report };
});

function seenAmong({ seen, accuracy: { n } }: Evaluation): string | undefined {
  const text = seen && seenText(seen);
  return text && `of these ${n.toLocaleString('en-US')} pictures ${text}: on new ones expect less`;
}

const rowsOf = (counts: ArrayLike<number>): number[][] => {
  const k = Math.sqrt(counts.length);
  return Array.from({ length: k }, (_, row) => Array.from({ length: k }, (_, column) => counts[row * k + column]));
};

/** Gives a row for each class; what is not defined, or has no interval, stays empty. */
// eslint-disable-next-line @typescript-eslint/require-await
async function* classesTable({ classes }: ClassReport): AsyncGenerator<(string | number)[]> {
  const shares = ['precision', 'recall', 'f1', 'rocAuc'] as const;
  const names = shares.flatMap((name) => [name, `${name}Low`, `${name}High`]);
  yield ['class', 'images', 'predicted', ...names, 'averagePrecision'];
  for (const one of classes)
    yield [
      one.className,
      one.support,
      one.predicted,
      ...shares.flatMap((name): (string | number)[] => {
        const share = one[name];
        return share ? [share.value, ...share.interval] : ['', '', ''];
      }),
      one.averagePrecision ?? '',
    ];
}

/** Gives a row for each mistake, the surest first, followed by its most probable classes. */
// eslint-disable-next-line @typescript-eslint/require-await
async function* mistakesCsv(mistakes: readonly MistakeWithNearest[]): AsyncGenerator<(string | number)[]> {
  const most = Object.keys(mistakes[0]?.probabilities ?? {}).length;
  const named = Array.from({ length: most }, (_, i) => [`class${i + 1}`, `probability${i + 1}`]).flat();
  const near = (mistakes[0]?.nearest ?? []).flatMap((_, i) => [
    `nearest${i + 1}`,
    `nearestLabel${i + 1}`,
    `similarity${i + 1}`,
  ]);
  yield ['image', 'file', 'label', 'prediction', 'probability', 'labelProbability', ...named, ...near];
  for (const { image, file = '', label, prediction, probability, labelProbability, probabilities, ...one } of mistakes)
    yield [
      ...[image, file, label, prediction, probability, labelProbability],
      ...Object.entries(probabilities).flat(),
      ...(one.nearest ?? []).flatMap((picture) => [picture.file ?? picture.image, picture.label, picture.similarity]),
    ];
}
