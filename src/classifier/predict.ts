import { readImages } from '../data/picture-files.ts';
import { chooseEngine, openEngine } from '../runtime/engine.ts';
import type { Classifier } from './saved.ts';
import { predictProbabilities } from '../training/evaluate.ts';

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

/**
 * Classifies image files of any size and format that sharp reads (JPEG, PNG, WebP, AVIF, GIF, TIFF, SVG). Each is
 * turned upright, cut to the centre at the training images' shape and scaled to their size, because that is what the
 * head has learnt from; from there on it goes the way of the training images.
 * @param files paths
 * @throws Error naming the file that cannot be read
 */
export async function predict(classifier: Classifier, files: readonly string[]): Promise<Prediction[]> {
  if (!files.length) return [];
  const pixels = await readImages(files, classifier.imageSize);
  const predictions = await predictPixels(classifier, pixels, files.length);
  return predictions.map((prediction, i) => ({ file: files[i], ...prediction }));
}

/** @param pixels [n, H, W, 3] uint8 RGB of the training images' size */
export async function predictPixels(
  classifier: Classifier,
  pixels: Uint8Array,
  n: number,
  { batchSize = 8 }: { readonly batchSize?: number } = {},
): Promise<Prediction[]> {
  const { backbone, head, classNames, imageSize, kernel, preprocess } = classifier;
  const bytes = imageSize[0] * imageSize[1] * 3;
  const engine = await openEngine(await chooseEngine(), backbone, { imageSize, kernel, preprocess });
  const length = (backbone.outputs[0].shape as number[]).slice(1).reduce((a, b) => a * b, 1);
  const predictions: Prediction[] = [];
  try {
    for (let from = 0; from < n; from += batchSize) {
      const count = Math.min(batchSize, n - from);
      const rows = await engine.run(pixels.subarray(from * bytes, (from + count) * bytes), count);
      const features = {
        shape: [count, ...(backbone.outputs[0].shape as number[]).slice(1)],
        rows: (indices: ArrayLike<number>) => rows.subarray(indices[0] * length, (indices[0] + indices.length) * length),
      };
      const probabilities = await predictProbabilities(head, features);
      for (let i = 0; i < count; i++) predictions.push(rank(probabilities.subarray(i * classNames.length, (i + 1) * classNames.length), classNames));
    }
  } finally {
    await engine.release();
  }
  return predictions;
}

function rank(probabilities: Float32Array, classNames: readonly string[]): Prediction {
  const ranking = classNames.map((className, k) => ({ className, probability: probabilities[k] })).sort((a, b) => b.probability - a.probability);
  return { ...ranking[0], ranking };
}
