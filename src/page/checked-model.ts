import type { Classifier } from '../classifier/classifier.ts';
import { asClassifier } from '../classifier/as-classifier.ts';
import { CHECKED, checkPictures, compare, predicted } from '../classifier/export/check.ts';
import { type Description, describe } from '../classifier/export/description.ts';
import type { RunRecord } from '../classifier/export/format.ts';
import { checkRun } from '../classifier/export/formats/model-card.ts';
import { runOnnx } from '../classifier/export/graph/run-onnx.ts';
import { loadToPredict } from '../classifier/load.ts';
import type { Model } from '../models/model.ts';
import { IMAGES } from '../onnx/file/one-file.ts';
import { type PageModel, pageModel } from './page-model.ts';

/** A classifier's graph for browsers, which was run once beside `predict`. */
export interface CheckedModel extends PageModel {
  readonly classifier: Classifier;
  readonly description: Description;
  /** How far it is from `predict`, in probability, on three drawn pictures. */
  readonly difference: number;
  /** What it was compared with, in words. */
  readonly against: string;
}

/** Says how it was checked, in a line. */
export const checkedText = ({ difference, against }: Pick<CheckedModel, 'difference' | 'against'>): string =>
  `run once on ${CHECKED} drawn pictures: at most ${difference.toPrecision(2)} from ${against} in any probability`;

/**
 * Gives the classifier that goes into a page.
 * @param model a classifier, a model that was trained, or the folder of a saved classifier
 * @param options.weights the backbone's, if they are no longer where a folder says
 */
export const classifierFor = (
  model: Model | string,
  { weights }: { readonly weights?: string },
): Promise<Classifier> => (typeof model === 'string' ? loadToPredict(model, { weights }) : asClassifier(model));

/**
 * Makes the graph of a classifier for browsers, and runs it once.
 * @param options.exact keeps weights as they are, instead of rounded to about 10 bits
 * @param options.embedding whether the graph gives the embedding too
 * @throws Error if it cannot be in a page, or differs
 */
export async function checkedModel(
  classifier: Classifier,
  {
    exact = false,
    embedding = false,
    run,
  }: { readonly exact?: boolean; readonly embedding?: boolean; readonly run?: RunRecord },
): Promise<CheckedModel> {
  const { imageSize, backbone } = classifier;
  const [height, width] = imageSize;
  if (height !== width)
    throw new RangeError(`page: expected a classifier of square pictures; this one takes ${height}×${width}.`);
  if (run) checkRun(run, classifier);
  const description = describe(classifier, run);
  const made = pageModel(classifier, description, { rounded: !exact, embedding });
  const pixels = await checkPictures(imageSize);
  const each = pixels.length / CHECKED;
  const given = await runOnnx(made.file, 'probabilities', CHECKED, {
    feed: (from, to) => ({
      [IMAGES]: { type: 'uint8', data: pixels.slice(from * each, to * each), dims: [to - from, ...imageSize, 3] },
    }),
    batch: backbone.file?.batch,
  });
  const how = { in8Bits: !exact || backbone.int8 !== undefined };
  const { largest, against } = compare(given, await predicted(classifier, pixels, how), how);
  return { ...made, classifier, description, difference: largest, against };
}
