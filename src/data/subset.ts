import { random, shuffle } from '../random.ts';
import { type Dataset, pick } from './dataset.ts';

/**
 * A seeded order of all images in which every leading part is stratified: among the first n, each class has its share
 * of n to within one image. Smaller subsets are therefore the beginnings of larger ones.
 * @param labels [N], 0..K-1
 * @param seed a whole number
 * @returns [N] int32, a permutation of 0..N-1
 */
export function stratifiedOrder(labels: ArrayLike<number>, seed: number): Int32Array {
  const next = random(seed, 'subset');
  const byClass = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const of = byClass.get(labels[i]);
    if (of) of.push(i);
    else byClass.set(labels[i], [i]);
  }
  const placed: { index: number; place: number; tie: number }[] = [];
  for (const label of [...byClass.keys()].sort((a, b) => a - b)) {
    const members = shuffle(byClass.get(label)!, next);
    // the i-th of m members stands at (i + ½) / m of the whole
    members.forEach((index, i) => placed.push({ index, place: (i + 0.5) / members.length, tie: next() }));
  }
  placed.sort((a, b) => a.place - b.place || a.tie - b.tie || a.index - b.index);
  return Int32Array.from(placed, (p) => p.index);
}

/**
 * A seeded, stratified part of a data set. The same seed gives the same images; a smaller part is the beginning of a
 * larger one.
 * @param options.size how many images, 1..N
 * @param options.seed @default 1
 * @param options.from how many images of the seeded order to leave out first (a validation set comes after the
 *   training set, say) @default 0
 * @throws RangeError when fewer images are there than asked for
 */
export function subset(
  dataset: Dataset,
  { size, seed = 1, from = 0 }: { readonly size: number; readonly seed?: number; readonly from?: number },
): Dataset {
  const { n } = dataset;
  if (!Number.isInteger(size) || size < 1 || !Number.isInteger(from) || from < 0 || from + size > n) {
    const asked = from ? `${size} after the first ${from}` : `${size}`;
    throw new RangeError(`subset: expected 1 to ${n - from} of the ${n} images in ${dataset.name}; got ${asked}.`);
  }
  const indices = stratifiedOrder(dataset.labels, seed).subarray(from, from + size);
  const name = `${dataset.name}, ${size} of ${n} (seed ${seed}${from ? `, after ${from}` : ''})`;
  return pick(dataset, indices, { name });
}

/** Data sets for training and for testing. */
export interface Splits {
  readonly train: Dataset;
  readonly test: Dataset;
}

/** What an experiment works on. */
export interface Sample extends Splits {
  /** Images to judge by while training; undefined where none are left over. */
  readonly validation?: Dataset;
}

export interface SampleOptions {
  /** Training images. @default 2500, or all there are */
  readonly train?: number;
  /** Test images. @default 1000, or all there are */
  readonly test?: number;
  /**
   * Validation images, from the training images that are left over. @default a tenth of `train`, if so many are left
   */
  readonly validation?: number;
  /** Of the choice of images. @default 1 */
  readonly seed?: number;
}

/**
 * Draws seeded, stratified images to train on, to judge by and to test on. Validation images come from the training
 * images that are left over.
 * @throws RangeError naming the option that asks for more images than there are
 */
export function sample(
  { train: all, test: tests }: Splits,
  { train = Math.min(2500, all.n), test = Math.min(1000, tests.n), validation, seed = 1 }: SampleOptions = {},
): Sample {
  const size = (name: string, value: number, most: number, least = 1): number => {
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new RangeError(`${name}: expected a whole number from ${least} to ${most}; got ${value}.`);
  };
  size('train', train, all.n);
  size('test', test, tests.n);
  const left = all.n - train;
  const judged = size('validation', validation ?? Math.min(Math.floor(train / 10), left), left, 0);
  return {
    train: subset(all, { size: train, seed }),
    ...(judged > 0 && { validation: subset(all, { size: judged, seed, from: train }) }),
    test: subset(tests, { size: test, seed }),
  };
}
