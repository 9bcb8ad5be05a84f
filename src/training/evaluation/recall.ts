import { type Proportion, proportion, proportionText } from './interval.ts';

/** How many of a class' images were found. */
export interface ClassRecall {
  readonly className: string;
  /** How many images it has. */
  readonly n: number;
  /** The share that was right, with its 95 % interval; undefined if the class has no image. */
  readonly recall: Proportion | undefined;
}

/**
 * Computes the recall of each class: the share of its images that were right.
 * @param labels [N], 0..K-1
 * @param right [N], 1 if the guess was the label
 * @returns K rows, in the order of the class names
 */
export function recallByClass(
  labels: ArrayLike<number>,
  right: ArrayLike<number>,
  classNames: readonly string[],
): ClassRecall[] {
  const [counts, found] = [new Uint32Array(classNames.length), new Uint32Array(classNames.length)];
  for (let i = 0; i < labels.length; i++) {
    counts[labels[i]]++;
    found[labels[i]] += right[i];
  }
  return classNames.map((className, k) => ({
    className,
    n: counts[k],
    recall: counts[k] ? proportion(found[k], counts[k]) : undefined,
  }));
}

/**
 * Computes the balanced accuracy: the mean of the classes' recalls, in which a small class counts as much as a large
 * one; classes without an image are left out, as in scikit-learn. Its 95 % interval is combined from the classes' own
 * (the square-and-add rule of R. G. Newcombe, 1998, for any number of shares: G. Y. Zou and A. Donner, 2008).
 */
export function balancedAccuracy(rows: readonly ClassRecall[]): Proportion {
  const recalls = rows.flatMap(({ recall }) => (recall ? [recall] : []));
  const k = recalls.length;
  const value = recalls.reduce((sum, recall) => sum + recall.value, 0) / k;
  const reach = (end: 0 | 1): number => Math.hypot(...recalls.map((recall) => recall.interval[end] - recall.value)) / k;
  const found = {
    value,
    interval: [Math.max(0, value - reach(0)), Math.min(1, value + reach(1))] as const,
    n: rows.reduce((sum, { n }) => sum + n, 0),
  };
  return Object.defineProperty(found, 'toString', { value: () => proportionText(found) });
}

/** A class with this many times another's images counts as larger; below that, a seeded part is uneven by chance. */
const LARGER = 1.2;

/** Whether classes differ so much in size that accuracy alone says little about the small ones. */
export function unevenClasses(rows: readonly Pick<ClassRecall, 'n'>[]): boolean {
  const counts = rows.map(({ n }) => n).filter(Boolean);
  return Math.max(...counts) > LARGER * Math.min(...counts);
}
