import type { Features } from '../../features/features.ts';
import { random, shuffle } from '../../random.ts';

/**
 * Deals images out to folds: each fold has its share of every class, and images of one group lie in one fold. Without
 * groups it does so as scikit-learn's StratifiedKFold; with groups as its StratifiedGroupKFold: the largest first, each
 * to the fold whose classes then differ least from their shares.
 * @param labels [N], 0..K-1
 * @param options.folds 2..N
 * @param options.groups [N], the same number for images that belong together @default each is alone
 * @returns [N], the fold of each image, 0..folds-1
 */
export function stratifiedFolds(
  labels: ArrayLike<number>,
  { folds, seed, groups }: { readonly folds: number; readonly seed: number; readonly groups?: ArrayLike<number> },
): Int32Array {
  const n = labels.length;
  const foldOf = new Int32Array(n);
  if (!groups || new Set(Array.from(groups)).size === n) {
    classByClass(labels, seed).forEach((image, i) => (foldOf[image] = i % folds));
    return foldOf;
  }
  const order = shuffled(n, seed);
  const members = new Map<number, number[]>();
  for (const image of order) {
    const own = members.get(groups[image]);
    if (own) own.push(image);
    else members.set(groups[image], [image]);
  }
  const classes = order.reduce((most, image) => Math.max(most, labels[image] + 1), 0);
  const all = new Float64Array(classes);
  for (const image of order) all[labels[image]]++;
  const counts = Array.from({ length: folds }, () => new Float64Array(classes));
  const sizes = new Float64Array(folds);
  const largestFirst = [...members.values()].sort((a, b) => b.length - a.length);
  for (const images of largestFirst) {
    const own = new Float64Array(classes);
    for (const image of images) own[labels[image]]++;
    /**
     * Tells how far the fold's classes are above their shares with the group in it; if equal, the smaller fold counts
     * less.
     */
    const above = (fold: number): number =>
      own.reduce((sum, count, k) => sum + (count ? (count * (counts[fold][k] + count)) / all[k] : 0), 0) +
      sizes[fold] / (n * n);
    let best = 0;
    for (let fold = 1; fold < folds; fold++) if (above(fold) < above(best)) best = fold;
    own.forEach((count, k) => (counts[best][k] += count));
    sizes[best] += images.length;
    for (const image of images) foldOf[image] = best;
  }
  return foldOf;
}

/**
 * Orders images class by class, seeded within each: dealt out in turns, every fold has its share of every class.
 * @param labels [N], 0..K-1
 * @returns [N] positions 0..N-1
 */
export const classByClass = (labels: ArrayLike<number>, seed: number): Int32Array =>
  shuffled(labels.length, seed).sort((a, b) => labels[a] - labels[b]);

const shuffled = (n: number, seed: number): Int32Array =>
  shuffle(
    Int32Array.from({ length: n }, (_, i) => i),
    random(seed, 'folds'),
  );

/**
 * Counts the images of each class.
 * @param where the function that asks, for the error
 * @returns [K]
 * @throws RangeError naming a class of one image
 */
export function countsForFolds(where: string, { labels, classNames, name }: Features): Uint32Array {
  const counts = new Uint32Array(classNames.length);
  for (const label of labels) counts[label]++;
  const alone = counts.indexOf(1);
  if (alone >= 0)
    throw new RangeError(
      `${where}: expected two images or more of a class, so that others are learnt from while one is judged; "${classNames[alone]}" of ${name} has one. Leave it out, or take more of it.`,
    );
  return counts;
}
