import type { Features } from '../features/features.ts';

/**
 * Says how much an image of each class counts.
 * @param asked `balanced`: N / (K · images of the class), K the classes that have images, so that all images together
 *   count N (scikit-learn's `compute_class_weight`); or K numbers in the order of the class names
 * @param classes the head's K: the last classes may be without images and names
 * @returns [K] float32, undefined if each counts 1
 * @throws RangeError naming what was expected
 */
export function resolveClassWeights(
  asked: 'balanced' | readonly number[] | undefined,
  { labels, classNames }: Pick<Features, 'labels' | 'classNames'>,
  classes: number,
): Float32Array | undefined {
  if (asked === undefined) return undefined;
  if (asked === 'balanced') return balancedWeights(labels, classes);
  if (!Array.isArray(asked))
    throw new RangeError(`classWeights: expected balanced, or a number for each class; got "${String(asked)}".`);
  const fits = asked.length === classes && asked.every((weight) => weight >= 0 && Number.isFinite(weight));
  if (!fits || !asked.some((weight) => weight > 0))
    throw new RangeError(
      `classWeights: expected ${classes} numbers from 0, not all 0 (${classNames.join(', ')}); got ${asked.join(', ')}.`,
    );
  return Float32Array.from(asked);
}

/** Computes balanced weights; 0 for classes without an image. */
function balancedWeights(labels: ArrayLike<number>, classes: number): Float32Array {
  const counts = new Uint32Array(classes);
  for (let i = 0; i < labels.length; i++) counts[labels[i]]++;
  const present = counts.reduce((sum, count) => sum + Number(count > 0), 0);
  return Float32Array.from(counts, (count) => (count ? labels.length / (present * count) : 0));
}
