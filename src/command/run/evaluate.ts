import path from 'node:path';
import type { Classifier } from '../../classifier/classifier.ts';
import { loadClassifier } from '../../classifier/load.ts';
import type { Dataset } from '../../data/dataset.ts';
import { join } from '../../data/join.ts';
import { WHOLE } from '../../data/picture-files.ts';
import { subset } from '../../data/subset.ts';
import { withClasses } from '../../data/with-classes.ts';
import { testFigures } from '../../experiments/test-figures.ts';
import { commit } from '../../host/commit.ts';
import { cpuModel } from '../../host/machine.ts';
import { duration, progressBar } from '../../host/progress.ts';
import { confusionCounts } from '../../plots/confusion-matrix.ts';
import { shortPath } from '../../project.ts';
import { makeFolder, replaceFile } from '../../storage/replace-file.ts';
import { evaluate } from '../../training/evaluate.ts';
import type { Run, ValuesOf } from '../command.mjs';
import type { flags } from '../evaluate.mjs';
import { UsageError } from '../usage-error.mjs';
import { evaluationPage } from './evaluation-page.ts';
import { leavingOutDamaged } from './leaving-out-damaged.ts';
import { load } from './load.ts';
import { testLines } from './test-lines.ts';

export const run: Run<typeof flags> = leavingOutDamaged(async (values, { signal }) => {
  const { classifier: folder = 'results/classifier', size, seed = 1 } = values;
  const { weights, engine, cache, out = 'results/evaluation' } = values;
  const classifier = await loadClassifier(folder, { weights });
  const all = withClasses(await pictures(classifier, values, signal), classifier.classNames);
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
  const report = {
    ...figures,
    /** Rows are true classes, columns predicted ones, in the order of the class names. */
    confusion: rowsOf(confusionCounts(evaluation.labels, evaluation.predictions, classifier.classNames.length)),
    classNames: classifier.classNames,
    data: { name: images.name, n: images.n, hash: images.id },
    classifier: { folder, id: classifier.id, network: backbone.network, cut: backbone.cut },
    precision: origin?.backbone.precision,
    engine: origin?.engine,
    hardware: cpuModel(),
    graft: commit(),
    finished: new Date().toISOString(),
    seconds: (performance.now() - start) / 1000,
  };
  replaceFile(path.join(out, 'evaluation.json'), `${JSON.stringify(report, null, 2)}\n`);
  const page = path.join(out, 'evaluation.html');
  replaceFile(page, await evaluationPage(images, evaluation, { lines: testLines(figures), report }));
  const text = [
    ...testLines(figures),
    `${images.name}; ${backbone.network} to ${backbone.cut}, ${origin?.backbone.precision ?? 'float32'}`,
    `${duration(report.seconds)}; ${origin?.engine ?? ''}; ${cpuModel()}`,
    `report in ${shortPath(page)}`,
  ];
  return { text: text.join('\n'), json: report };
});

/** The pictures asked for, brought to their size as in training. */
async function pictures(
  { imageSize: [height, width], fit = WHOLE }: Classifier,
  values: ValuesOf<typeof flags>,
  signal: AbortSignal,
): Promise<Dataset> {
  const splits = await load(values, signal, height === width ? { size: height, ...fit } : {});
  const { train, validation, test } = splits;
  if (values.split !== 'all') return splits[values.split ?? 'test'];
  return join([train, ...(validation ? [validation] : []), test], { name: train.name.replace(/ train$/, '') });
}

const rowsOf = (counts: ArrayLike<number>): number[][] => {
  const k = Math.sqrt(counts.length);
  return Array.from({ length: k }, (_, row) => Array.from({ length: k }, (_, column) => counts[row * k + column]));
};
