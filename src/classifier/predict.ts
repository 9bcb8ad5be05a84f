import type { Dataset } from '../data/dataset.ts';
import { readPictures } from '../data/picture-files.ts';
import { cellSignal } from '../host/host.ts';
import { borrowBackbone } from '../runtime/pool.ts';
import { withinMemory } from '../runtime/memory-limit.ts';
import { chooseEngine, type EngineName } from '../runtime/running.ts';
import { predictProbabilities } from '../training/evaluate.ts';
import { type Classifier, classifierOf, type Trained } from './classifier.ts';

/** What a classifier says of one picture. */
export interface Prediction {
  /** The file's name, where the picture came from a file. */
  readonly file?: string;
  readonly className: string;
  /** Of that class, 0..1. */
  readonly probability: number;
  /** All classes, the most probable first. */
  readonly ranking: readonly { readonly className: string; readonly probability: number }[];
}

export interface PredictOptions {
  /** Pictures at once. @default 8 */
  readonly batchSize?: number;
  /** @default 'auto': as for features */
  readonly engine?: EngineName | 'auto';
  /** @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/**
 * Classifies pictures, in the precision that the classifier was trained in. Files may be of any size and format that
 * sharp reads (JPEG, PNG, WebP, AVIF, GIF, TIFF, SVG): each is turned upright, cut to the centre at the training
 * images' shape and scaled to their size, because that is what the head has learnt from; from there on it goes the way
 * of the training images.
 * @param model a classifier, or a model that was trained
 * @param pictures paths, or a data set
 * @throws Error naming the file that cannot be read
 */
export async function predict(
  model: Trained,
  pictures: readonly string[] | string | Dataset,
  options: PredictOptions = {},
): Promise<Prediction[]> {
  const classifier = classifierOf(model);
  if (typeof pictures === 'string') return predict(classifier, [pictures], options);
  const { imageSize } = classifier;
  if ('kind' in pictures) {
    if (pictures.imageSize.join() !== imageSize.join())
      throw new RangeError(
        `predict: expected pictures of ${imageSize.join('×')}, as in training; ${pictures.name} has ${pictures.imageSize.join('×')}.`,
      );
    return run(classifier, pictures.n, (from, to) => pictures.read(from, to), options);
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
  { backbone, head, classNames, imageSize }: Classifier,
  n: number,
  read: (from: number, to: number) => Promise<Uint8Array>,
  { batchSize = 8, engine = 'auto', signal = cellSignal() }: PredictOptions,
): Promise<Prediction[]> {
  if (!n) return [];
  const running = withinMemory(await borrowBackbone(backbone, { engine: await chooseEngine(engine), imageSize }));
  const k = classNames.length;
  const predictions: Prediction[] = [];
  try {
    for (let from = 0; from < n; from += batchSize) {
      signal?.throwIfAborted();
      const count = Math.min(batchSize, n - from);
      const rows = await running.run(await read(from, from + count), count);
      const all = { shape: [count, ...backbone.outputShape], rows: () => Promise.resolve(rows) };
      const probabilities = await predictProbabilities(head, all, { batchSize: count });
      for (let i = 0; i < count; i++) predictions.push(rank(probabilities.subarray(i * k, (i + 1) * k), classNames));
    }
  } finally {
    await running.close();
  }
  return predictions;
}

function rank(probabilities: Float32Array, classNames: readonly string[]): Prediction {
  const ranking = classNames
    .map((className, k) => ({ className, probability: probabilities[k] }))
    .sort((a, b) => b.probability - a.probability);
  return { ...ranking[0], ranking };
}
