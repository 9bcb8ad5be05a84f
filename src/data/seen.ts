import { createKeyIndex, KEY_BYTES, keyAt } from '../storage/rows/keys.ts';
import { contentsOf, type Dataset, pick } from './dataset.ts';

/** The pictures that a model was trained and validated on, by their content: [n, 16] uint8 each, sorted, each once. */
export interface SeenPictures {
  readonly training: Uint8Array;
  /** Pictures that it was judged by while it was trained, or that chose its temperature. */
  readonly validation: Uint8Array;
}

/** The use that a model made of a picture before. */
export type SeenIn = 'training' | 'validation';

/** How many of some pictures a model had seen. */
export type SeenCounts = Readonly<Record<SeenIn, number>>;

export const NONE_SEEN: SeenPictures = { training: new Uint8Array(0), validation: new Uint8Array(0) };

/**
 * Tells which pictures a model has seen.
 * @returns a function that takes [n, 16] uint8, as `contentsAt` of a data set gives, and gives [n]; undefined for a new
 * one
 */
export function sightings({ training, validation }: SeenPictures): (contents: Uint8Array) => (SeenIn | undefined)[] {
  const [trained, judged] = [training, validation].map((keys) => {
    const index = createKeyIndex(keys.length / KEY_BYTES);
    index.add(keys);
    return index;
  });
  return (contents) => {
    const [inTraining, inValidation] = [trained.find(contents), judged.find(contents)];
    return Array.from(inTraining, (position, i) =>
      position >= 0 ? 'training' : inValidation[i] >= 0 ? 'validation' : undefined,
    );
  };
}

export const countSeen = (all: readonly (SeenIn | undefined)[]): SeenCounts => ({
  training: all.filter((one) => one === 'training').length,
  validation: all.filter((one) => one === 'validation').length,
});

/** Writes `240 were trained on, 24 validated on`; empty if none was. */
export function seenText({ training, validation }: SeenCounts): string {
  const count = (n: number): string => n.toLocaleString('en-US');
  if (!training) return validation ? `${count(validation)} were validated on` : '';
  return `${count(training)} were trained on${validation ? `, ${count(validation)} validated on` : ''}`;
}

/**
 * Picks the pictures of a data set that a model has not seen.
 * @returns `rest` undefined if it has seen them all
 */
export function unseen(dataset: Dataset, seen: SeenPictures): { readonly rest?: Dataset; readonly counts: SeenCounts } {
  const all = sightings(seen)(contentsOf(dataset));
  const counts = countSeen(all);
  const positions = all.flatMap((one, i) => (one ? [] : [i]));
  if (positions.length === dataset.n) return { rest: dataset, counts };
  if (!positions.length) return { counts };
  return {
    rest: pick(dataset, positions, { name: `${dataset.name}, ${positions.length} of ${dataset.n} not seen before` }),
    counts,
  };
}

/** Joins both. */
export const joinSeen = (a: SeenPictures, b: Partial<SeenPictures>): SeenPictures => ({
  training: joined(a.training, b.training),
  validation: joined(a.validation, b.validation),
});

/**
 * Joins and sorts, so that the order says nothing about the pictures' order, and the same pictures make the same file.
 */
function joined(a: Uint8Array, b: Uint8Array | undefined): Uint8Array {
  if (!b?.length) return a;
  const keys = [a, b].flatMap((of) => Array.from({ length: of.length / KEY_BYTES }, (_, i) => keyAt(of, i)));
  keys.sort((x, y) => Buffer.compare(x, y));
  return Buffer.concat(keys.filter((key, i) => i === 0 || Buffer.compare(key, keys[i - 1]) !== 0));
}
