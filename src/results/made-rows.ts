import { type Proportion, proportion } from '../training/evaluation/interval.ts';
import { inOrder, readResults } from './table.ts';

/** A row of docs/results.md as a notebook draws it. */
export interface MadeRow {
  /** The name; `npm run results -- NAME` makes the row again. */
  readonly name: string;
  readonly about: string;
  /** Mean of the seeds, with the interval of one run. */
  readonly accuracy: Proportion;
  readonly seeds: readonly number[];
  /** Accuracy of each seed, 0..1. */
  readonly each: readonly number[];
  /** Minutes from pictures to a tested head: features once, the rest for one seed. */
  readonly minutes: number;
  /** How many of these minutes the backbone ran. */
  readonly featureMinutes: number;
  /** The most memory that both processes held. */
  readonly gigabytes: number;
  /** The size of the features on disk. */
  readonly gigabytesOnDisk: number;
  /** Machine, date and commit. */
  readonly basis: string;
}

/** Gives the rows that were made on all of CIFAR-10, in their order. */
export async function madeRows(): Promise<MadeRow[]> {
  return inOrder(await readResults()).map(
    ([name, { about, accuracy, test, train, seeds, each, seconds, memoryMiB, disk, hardware, date, commit }]) => {
      const { features, ...rest } = seconds;
      const later = Object.values(rest).reduce((sum, s) => sum + s, 0) / seeds.length;
      return {
        name,
        about,
        accuracy: proportion(accuracy * test, test),
        seeds,
        each,
        minutes: (features + later) / 60,
        featureMinutes: features / 60,
        gigabytes: (memoryMiB.notebook + memoryMiB.backbone) / 1024,
        gigabytesOnDisk: disk / 1e9,
        basis: `CIFAR-10, ${train.toLocaleString('en-US')} training images; ${hardware}, ${date}, commit ${commit}`,
      };
    },
  );
}
