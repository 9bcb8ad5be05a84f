import { loadToPredict } from '../../classifier/load.ts';
import type { Classifier } from '../../classifier/classifier.ts';
import type { Dataset } from '../../data/dataset.ts';
import { picturePaths } from '../../data/pictures/picture-paths.ts';
import type { Run as TrainingRun } from '../../experiments/runs.ts';
import { progressBar } from '../../host/progress.ts';
import { type PageOptions, savePage } from '../../page/save-page.ts';
import { saveTeachingPage } from '../../page/save-teaching-page.ts';
import { saveWebParts } from '../../page/save-web-parts.ts';
import { taughtFigure } from '../../page/taught-figure.ts';
import { readSealed } from '../../storage/files/sealed-json.ts';
import { evaluate } from '../../training/evaluation/evaluate.ts';
import type { Evaluation } from '../../training/evaluation/evaluation.ts';
import type { Run } from '../line/command.mjs';
import type { flags } from '../page.mjs';
import type { ValuesOf } from '../line/command.mjs';
import { leavingOutDamaged } from './open/leaving-out-damaged.ts';
import { loadToTest } from './open/load.ts';

export const run: Run<typeof flags> = leavingOutDamaged(async (values, { operands, signal }) => {
  if (values.teach) {
    if (operands.length)
      throw new RangeError(`teach: expected no pictures to try in a page that is taught; got ${operands.join(' ')}.`);
    const page = await saveTeachingPage(values.out ?? 'results/teach.html', values);
    return { text: String(page), json: page };
  }
  const { classifier: folder = 'results/classifier', weights, engine } = values;
  const record = recordOf(values);
  const { out = 'results/classifier.html', title, exact, pictures, seed, 'not-sure': notSure } = values;
  const classifier = await loadToPredict(folder, { weights, engine });
  if (values.split !== undefined) {
    const parts = await saveWebParts(classifier, values.split, { exact, ...(record && { run: record }) });
    return { text: String(parts), json: parts };
  }
  const measured = values.data === undefined ? {} : await measure(classifier, values, signal);
  const page = await savePage(classifier, out, {
    ...{ title, exact, pictures, seed, notSure },
    ...measured,
    taught: await taughtFigure(folder, classifier),
    examples: await filesOf(operands),
    ...(record && { run: record }),
  });
  return { text: String(page), json: page };
});

const recordOf = ({ run: file }: ValuesOf<typeof flags>): TrainingRun | undefined =>
  file === undefined ? undefined : readSealed<TrainingRun>(file);

/** Tests a classifier on what it has not seen of its data, and on its validation pictures. */
async function measure(
  classifier: Classifier,
  values: ValuesOf<typeof flags>,
  signal: AbortSignal,
): Promise<Pick<PageOptions, 'test' | 'validation' | 'trained'>> {
  const { engine, cache, run: record, 'not-sure': notSure } = values;
  const { images, trained, validated } = await loadToTest(classifier, { ...values, split: undefined }, signal);
  const judged = (pictures: Dataset): Promise<Evaluation> =>
    evaluate(classifier, pictures, { extract: { engine, cache, progress: progressBar(), signal } });
  return {
    ...(record === undefined && { test: await judged(images) }),
    ...(notSure === undefined && validated && { validation: await judged(validated) }),
    trained,
  };
}

async function filesOf(operands: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  if (!operands.length) return files;
  for await (const { file, error } of picturePaths(operands)) {
    if (error) throw new Error(`${file}: expected a picture to try; ${error}`);
    files.push(file);
  }
  return files;
}
