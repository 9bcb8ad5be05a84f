import type { Classifier } from '../../../classifier/classifier.ts';
import { type Dataset, pick } from '../../../data/dataset.ts';
import { countMissing, extractFeatures, type ExtractOptions } from '../../../features/extract.ts';
import type { Mistake } from '../../../training/evaluation/mistakes.ts';

/** A training picture that looks to the backbone like one that was mistaken. */
export interface NearestPicture {
  /** Its position among the training pictures. */
  readonly image: number;
  readonly file?: string;
  readonly label: string;
  /** The cosine of their features, −1..1. */
  readonly similarity: number;
}

/** A mistake with the training pictures most like it, if they are known. */
export type MistakeWithNearest = Mistake & { readonly nearest?: readonly NearestPicture[] };

export interface NearestOptions extends Pick<ExtractOptions, 'precision' | 'engine' | 'cache' | 'progress' | 'signal'> {
  /** Computes features of training pictures that are not kept. */
  readonly compute: boolean;
}

/** How many are shown beside each mistake. */
const SHOWN = 3;

/**
 * Finds the training pictures most like each mistake. Features of training pictures are taken from where the training
 * kept them; if some are not there, none is computed without a word.
 * @param images the pictures that were tested
 * @param trained the training pictures; undefined if they are not known, or do not lie beside the tested ones
 * @returns the mistakes, and a note if the training pictures are left out
 */
export async function withNearest(
  mistakes: readonly Mistake[],
  {
    backbone,
    images,
    trained,
  }: Pick<Classifier, 'backbone'> & { readonly images: Dataset; readonly trained?: Dataset },
  { compute, ...options }: NearestOptions,
): Promise<{ readonly mistakes: readonly MistakeWithNearest[]; readonly note?: string }> {
  if (!mistakes.length) return { mistakes };
  const without = (why: string): Awaited<ReturnType<typeof withNearest>> => ({
    mistakes,
    note: `training pictures beside the mistakes: left out, since ${why}`,
  });
  if (!trained) return without('none that it was trained on is in this data');
  const missing = compute ? 0 : await countMissing(backbone, trained, options);
  if (missing)
    return without(
      `features of ${missing.toLocaleString('en-US')} of ${trained.n.toLocaleString('en-US')} are not kept here; --nearest computes them`,
    );
  const wrong = pick(
    images,
    mistakes.map(({ image }) => image),
  );
  const base = await extractFeatures(backbone, trained, options);
  const queries = await extractFeatures(backbone, wrong, options);
  const count = Math.min(SHOWN, trained.n);
  try {
    // predicting alone needs no TensorFlow.js, which multiplies these matrices
    const { nearestNeighbours } = await import('../../../features/neighbours.ts');
    const { indices, similarities } = await nearestNeighbours(queries, base, { count, signal: options.signal });
    const nearest = (at: number): NearestPicture => ({
      image: indices[at],
      ...(trained.fileAt && { file: trained.fileAt(indices[at]) }),
      label: trained.classNames[trained.labels[indices[at]]],
      similarity: similarities[at],
    });
    const own = (i: number): NearestPicture[] => Array.from({ length: count }, (_, k) => nearest(i * count + k));
    return { mistakes: mistakes.map((mistake, i) => ({ ...mistake, nearest: own(i) })) };
  } catch (error) {
    options.signal?.throwIfAborted();
    return without((error as Error).message); // rows of zeros have no direction; or TensorFlow.js is not set up
  } finally {
    base.close();
    queries.close();
  }
}
