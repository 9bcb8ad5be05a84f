import { asNetworkTakes, type Dataset } from '../data/dataset.ts';
import { type ReadPictures, readPictures } from '../data/pictures/picture-files.ts';
import { cellSignal } from '../host/host.ts';
import { checkOptions } from '../host/option-ranges.ts';
import type { EngineName } from '../runtime/running.ts';
import { asClassifier } from './as-classifier.ts';
import type { Classifier } from './classifier.ts';
import { openPredictor, type Prediction, tellRecoloured } from './predictor.ts';
import type { Model } from '../models/model.ts';

export interface PredictOptions {
  /** How many pictures at once. @default 8 */
  readonly batchSize?: number;
  /** @default 'auto': as for features */
  readonly engine?: EngineName | 'auto';
  /** @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/**
 * Classifies pictures, in the precision that the classifier was trained in. Files may have any size and any format that
 * Graft reads (JPEG, PNG, WebP, AVIF, GIF, TIFF, HEIC, BMP, SVG). Each is turned upright, cut to the centre at the
 * training images' shape and scaled to their size, because that is what the head has learnt from; from there on it is
 * treated as the training images were. A picture that the classifier was trained or validated on is marked (`seen`),
 * and so is one that was read in other colours when it was trained (`recoloured`), which is also said in a line.
 * @param model a classifier, or a model that was trained
 * @param pictures paths, or a data set
 * @throws Error naming the file that cannot be read
 * @example
 * const [first] = await predict(model, images.test);
 * const { className, probability } = first;
 */
export async function predict(
  model: Model,
  pictures: readonly string[] | string | Dataset,
  options: PredictOptions = {},
): Promise<Prediction[]> {
  checkOptions('predict', { batchSize: options.batchSize });
  const classifier = await asClassifier(model);
  if (typeof pictures === 'string') return predict(classifier, [pictures], options);
  const { imageSize } = classifier;
  if ('kind' in pictures) {
    const taken = asNetworkTakes(pictures, classifier.backbone.input);
    if (taken !== pictures) return predict(classifier, taken, options);
    if (pictures.imageSize.join() !== imageSize.join())
      throw new RangeError(
        `predict: expected pictures of ${imageSize.join('×')}, as in training; ${pictures.name} has ${pictures.imageSize.join('×')}.`,
      );
    const read = async (from: number, to: number): Promise<ReadPictures> => {
      const positions = Int32Array.from({ length: to - from }, (_, i) => from + i);
      return {
        pixels: await pictures.read(from, to),
        contents: pictures.contentsAt(positions),
        readings: Uint8Array.from(positions, (i) => pictures.readingAt?.(i) ?? 1),
      };
    };
    return run(classifier, pictures.n, read, options);
  }
  const found = await run(
    classifier,
    pictures.length,
    (from, to) => readPictures(pictures.slice(from, to), imageSize, classifier.fit),
    options,
  );
  return found.map((prediction, i) => ({ file: pictures[i], ...prediction }));
}

async function run(
  classifier: Classifier,
  n: number,
  read: (from: number, to: number) => Promise<ReadPictures>,
  { batchSize = 8, engine, signal = cellSignal() }: PredictOptions,
): Promise<Prediction[]> {
  if (!n) return [];
  const predictor = await openPredictor(classifier, { engine });
  const predictions: Prediction[] = [];
  try {
    for (let from = 0; from < n; from += batchSize) {
      signal?.throwIfAborted();
      predictions.push(...(await predictor.run(await read(from, Math.min(n, from + batchSize)))));
    }
  } finally {
    await predictor.close();
  }
  tellRecoloured(predictions.filter(({ recoloured }) => recoloured).length);
  return predictions;
}
