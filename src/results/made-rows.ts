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
  /** Height and width that VGG16's input was upscaled to, for the rows that differ in nothing else. */
  readonly upscaledTo?: number;
  /** Machine, date and commit. */
  readonly basis: string;
}

/**
 * Says in words how far two rows lie apart. Of a row only its accuracy is kept, and not which images were right, so the
 * interval is that of two independent samples: wider than one that pairs the images would be.
 * @param name the row that is compared with `base`
 * @returns both accuracies and their difference in points, with its 95 % interval (R. G. Newcombe, "Interval estimation
 *   for the difference between independent proportions", 1998, method 10); undefined if one of the rows was not made
 * @example
 * import { differenceOfRows, madeRows } from 'graft-ml/results';
 * console.log(differenceOfRows(await madeRows(), 'frozen-224', 'frozen-96'));
 */
export function differenceOfRows(rows: readonly MadeRow[], name: string, base: string): string | undefined {
  const [one, other] = [name, base].map((of) => rows.find((row) => row.name === of));
  if (!one || !other) return undefined;
  const [a, b] = [one.accuracy, other.accuracy];
  const points = a.value - b.value;
  const low = points - Math.hypot(a.value - a.interval[0], b.interval[1] - b.value);
  const high = points + Math.hypot(a.interval[1] - a.value, b.value - b.interval[0]);
  const seeds = [one, other].some((row) => row.seeds.length === 1) ? '; other seeds are not in it' : '';
  const [difference, from, to] = [points, low, high].map((share) => (100 * share).toFixed(1));
  return [
    `${base}: ${String(b)}, ${other.minutes.toFixed(0)} minutes`,
    `${name}: ${String(a)}, ${one.minutes.toFixed(0)} minutes`,
    `difference: ${difference} points (95 % interval ${from} to ${to}, as if each had test images of its own${seeds})`,
  ].join('\n');
}

/** Gives the rows that were made on all of CIFAR-10, in their order. */
export async function madeRows(): Promise<MadeRow[]> {
  return inOrder(await readResults()).map(
    ([name, { about, accuracy, test, train, seeds, each, seconds, memoryMiB, disk, hardware, date, commit }]) => {
      const { features, ...rest } = seconds;
      const upscaled = /^frozen-(\d+)$/.exec(name);
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
        ...(upscaled && { upscaledTo: Number(upscaled[1]) }),
        basis: `CIFAR-10, ${train.toLocaleString('en-US')} training images; ${hardware}, ${date}, commit ${commit}`,
      };
    },
  );
}
