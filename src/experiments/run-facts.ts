import type { Features } from '../features/features.ts';
import { hashOf } from '../storage/files/hash.ts';
import { dataFacts } from '../training/data-facts.ts';
import type { RunData } from './run-records.ts';
import { plainly, type Setting } from './setting.ts';
import { type TestSet, testSetOf } from './test-set.ts';

/** What tells a run of a sweep from others. Records do not hold it: it follows from their setting and data. */
export interface RunFacts {
  /** Names all that decides what it got right: runs with the same key are one run. */
  readonly key: string;
  /** The training features' id. */
  readonly train: string;
  /** The images that it was judged on after each epoch. */
  readonly validation?: TestSet;
  readonly test: TestSet;
}

/** Gives the facts of each run on the same features, or on what a plan says about them. */
export function factsOfRuns({ train, validation, test }: RunData): (setting: Setting) => RunFacts {
  const shared = {
    train: train.id,
    ...(validation && { validation: judgedOn(validation) }),
    test: judgedOn(test),
  };
  return (setting) => ({
    key: hashOf([plainly(setting), train.id, train.views, test.id, test.views]),
    ...shared,
  });
}

const judgedOn = (of: { readonly id: string } | Features): TestSet =>
  'labels' in of ? testSetOf(dataFacts(of), of.labels, of.classNames) : { id: of.id };

/** The parts of a run that tell it from another one. */
interface Told {
  readonly right: ArrayLike<number>;
  readonly setting?: Setting;
  readonly of?: object;
}

/** Gives each run once, in order: a run may be part of two sweeps, or be given twice. */
export function uniqueRuns<R extends Told | ArrayLike<number>>(runs: readonly R[]): R[] {
  const known = new Set<unknown>();
  return runs.filter((run) => {
    const key = 'right' in run ? keyOf(run) : {};
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
}

/** Gives a sweep run's key; setting and result of a run that knows no data; head and test of an evaluation. */
function keyOf(run: Told): unknown {
  const { key, head, test } = (run.of ?? {}) as { key?: string; head?: string; test?: { id?: string } };
  if (key !== undefined) return key;
  if (head !== undefined) return `${head} on ${test?.id}`;
  return run.setting ? hashOf([plainly(run.setting), Array.from(run.right)]) : run;
}
