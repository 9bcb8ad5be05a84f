import { type Images, pick } from './images.ts';
import { random, shuffle } from '../random.ts';

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
 * A seeded, stratified part of a set of images. The same seed gives the same images; a smaller part is the beginning
 * of a larger one.
 * @param options.size how many images, 1..N
 * @param options.seed @default 1
 * @param options.from how many images of the seeded order to leave out first (a validation set comes after the
 *   training set, say) @default 0
 * @throws RangeError when fewer images are there than asked for
 */
export function subset(
  images: Images,
  { size, seed = 1, from = 0 }: { readonly size: number; readonly seed?: number; readonly from?: number },
): Images {
  const [n] = images.shape;
  if (!Number.isInteger(size) || size < 1 || !Number.isInteger(from) || from < 0 || from + size > n) {
    const asked = from ? `${size} after the first ${from}` : `${size}`;
    throw new RangeError(`subset: expected 1 to ${n - from} of the ${n} images in ${images.name}; got ${asked}.`);
  }
  const indices = stratifiedOrder(images.labels, seed).subarray(from, from + size);
  const name = `${images.name}, ${size} of ${n} (seed ${seed}${from ? `, after ${from}` : ''})`;
  return pick(images, indices, { name, sequence: `${images.sequence}/stratified/${seed}/${from}` });
}
