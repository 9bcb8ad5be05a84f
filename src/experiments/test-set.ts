import { hashOf } from '../storage/files/hash.ts';
import type { DataFacts } from '../training/history.ts';

/** What a run was judged on, with the parts that are known. */
export interface TestSet {
  /** Id of the features: pictures, their order, labels, and the backbone. */
  readonly id: string;
  readonly name?: string;
  readonly n?: number;
  /** Names the labels in their order, by class name. */
  readonly labels?: string;
  readonly classNames?: readonly string[];
  readonly pictures?: NonNullable<DataFacts['origin']>['data'];
}

/** Describes features as a set to judge by. */
export const testSetOf = (
  { id, name, n, origin }: Pick<DataFacts, 'id' | 'name' | 'n' | 'origin'>,
  labels: ArrayLike<number>,
  classNames: readonly string[],
): TestSet => ({
  id,
  name,
  n,
  classNames,
  labels: hashOf(Array.from(labels, (label) => classNames[label])),
  ...(origin && { pictures: origin.data }),
});

/**
 * Tells how two test sets are known to differ, so that their images cannot be paired.
 * @returns in what they differ, in words; undefined if nothing is known that tells them apart
 */
export function differently(a: TestSet, b: TestSet): string | undefined {
  if (a.id === b.id) return undefined;
  if (a.labels !== undefined && b.labels !== undefined && a.labels !== b.labels) return 'labels differ';
  const [p, q] = [a.pictures, b.pictures];
  if (!p || !q || p.id === q.id) return undefined;
  // an id also names size and order of the classes; where each network has pictures in its own size, only names remain
  const comparable =
    alike(p.imageSize, q.imageSize) && alike(p.fit ?? null, q.fit ?? null) && alike(a.classNames, b.classNames);
  if (comparable) return 'pictures differ';
  return p.name === q.name ? undefined : 'they are called differently';
}

const alike = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Something that may know what it was judged on. */
type Run =
  | ArrayLike<number>
  | { readonly of?: object; readonly labels?: ArrayLike<number>; readonly classNames?: readonly string[] };

/** @throws RangeError if two runs are known to have been judged on different images, naming both */
export function checkSameTest(runs: readonly Run[]): void {
  const sets = runs.flatMap((run) => setOf(run) ?? []);
  for (const set of sets) {
    const how = differently(sets[0], set);
    if (how)
      throw new RangeError(
        `compareRuns: expected runs on the same test images in the same order; got ${textOf(sets[0])} and ${textOf(set)}: ${how}. ` +
          'Evaluate all on the same images. If they really are the same, pass `right` of each evaluation.',
      );
  }
}

/** Reads an evaluation's test set from its labels, and a sweep run's as the sweep noted it. */
function setOf(run: Run): TestSet | undefined {
  if (!('of' in run)) return undefined;
  const { test } = (run.of ?? {}) as { test?: TestSet & DataFacts };
  return test && run.labels && run.classNames ? testSetOf(test, run.labels, run.classNames) : test;
}

const textOf = ({ id, name, n }: TestSet): string =>
  `${name ?? 'features'} (${n === undefined ? '' : `n = ${n.toLocaleString('en-US')}, `}${id.slice(0, 12)})`;
