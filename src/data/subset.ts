import { checkOptions } from '../host/option-ranges.ts';
import { random, shuffle } from '../random.ts';
import { createKeyIndex } from '../storage/rows/keys.ts';
import { type Dataset, pick } from './dataset.ts';
import { checkSameClassesIn } from './same-classes.ts';

/**
 * Gives a seeded order of all images in which every leading part is stratified: among the first n, each class has its
 * share of n to within one image. Smaller subsets are therefore the beginnings of larger ones.
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
  const placed: { index: number; share: number; tie: number }[] = [];
  for (const label of [...byClass.keys()].sort((a, b) => a - b)) {
    const members = shuffle(byClass.get(label)!, next);
    // the i-th of m members stands at (i + ½) / m of the whole
    members.forEach((index, i) => placed.push({ index, share: (i + 0.5) / members.length, tie: next() }));
  }
  placed.sort((a, b) => a.share - b.share || a.tie - b.tie || a.index - b.index);
  return Int32Array.from(placed, (p) => p.index);
}

/**
 * Gives a seeded, stratified part of a data set. The same seed gives the same images; a smaller part is the beginning
 * of a larger one.
 * @param options.size how many images, 1..N
 * @param options.seed @default 1
 * @param options.from how many images of the seeded order to leave out first (a validation set comes after the training
 * set, for example) @default 0
 * @throws RangeError when fewer images are there than asked for
 * @example
 * const half = subset(images.train, { size: images.train.n / 2 });
 */
export function subset(
  dataset: Dataset,
  { size, seed = 1, from = 0 }: { readonly size: number; readonly seed?: number; readonly from?: number },
): Dataset {
  const { n } = dataset;
  checkOptions('subset', { seed });
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
  /** Images to judge by while training, if they are already set apart. */
  readonly validation?: Dataset;
  readonly test: Dataset;
  /** One's own photos are all used, unless asked otherwise. */
  readonly kind?: 'photos';
}

/** What an experiment works on. */
export interface Sample extends Splits {
  /** Images to judge by while training; undefined if none are left over. */
  readonly validation?: Dataset;
}

export interface SampleOptions {
  /**
   * How many training images. @default 2500, or all if fewer; with one's own photos all that are not validation images
   */
  readonly train?: number;
  /** How many test images. @default 1000, or all if fewer; with one's own photos all */
  readonly test?: number;
  /**
   * How many validation images, from the training images that are left over. @default a tenth of `train`, if that many
   * are left
   */
  readonly validation?: number;
  /** Seed of the choice of images. @default 1 */
  readonly seed?: number;
}

/**
 * Draws seeded, stratified images to train on, to judge by and to test on. Validation images come from a split of their
 * own if there is one, else from the training images that are left over; one that is also among the training images is
 * left out.
 * @throws RangeError naming the option that asks for more images than there are, or naming the classes of two sets that
 * have them in different orders
 * @example
 * const some = sample(images, { train: 40, test: 20, seed: 2 });
 */
export function sample(splits: Splits, options: SampleOptions = {}): Sample {
  const { train: all, validation: own, test: tests } = splits;
  checkSameClassesIn(all, { validation: own, test: tests });
  const photos = splits.kind === 'photos';
  const { seed = 1, test = photos ? tests.n : Math.min(1000, tests.n) } = options;
  const kept = own || !photos ? 0 : (options.validation ?? Math.floor(all.n / 10));
  const { train = photos ? Math.max(1, all.n - kept) : Math.min(2500, all.n) } = options;
  if (!all.n)
    throw new Error(
      `${all.name}: expected pictures to train on; got none: all ${tests.n} are to test on, so that only \`evaluate\` takes them.`,
    );
  checkOptions('sample', { train, test, seed }, { train: { to: all.n }, test: { to: tests.n } });
  const left = own ? own.n : all.n - train;
  const usual = photos ? left : Math.min(Math.floor(train / 10), left);
  const judged = options.validation ?? usual;
  checkOptions('sample', { validation: judged }, { validation: { to: left } });
  const learnt = subset(all, { size: train, seed });
  const validation = judged > 0 ? subset(own ?? all, { size: judged, seed, from: own ? 0 : train }) : undefined;
  const apart = validation && photos ? without(validation, learnt) : validation;
  return { train: learnt, ...(apart && { validation: apart }), test: subset(tests, { size: test, seed }) };
}

/** Picks the pictures that are not among others; undefined if none is left. */
function without(of: Dataset, others: Dataset): Dataset | undefined {
  const index = createKeyIndex(others.n);
  index.add(others.keys);
  const apart = Array.from(index.find(of.keys), (position, i) => (position < 0 ? i : -1)).filter((i) => i >= 0);
  if (!apart.length || apart.length === of.n) return apart.length ? of : undefined;
  return pick(of, apart, { name: `${of.name}, ${of.n - apart.length} left out that are also trained on` });
}
