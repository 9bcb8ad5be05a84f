import { type Proportion, proportion } from '../../training/evaluation/interval.ts';
import { uniqueRuns } from '../run-facts.ts';

/** The part of a run from which its accuracy is read. */
type Right = { readonly right: Uint8Array };

/**
 * Gives the mean accuracy of several runs on the same test images, with the interval of one run of that accuracy: for
 * other images, not for other seeds. A run given twice counts once.
 * @example
 * const { value, interval } = meanAccuracy(swept.runs);
 */
export function meanAccuracy(given: readonly Right[]): Proportion {
  const runs = uniqueRuns(given);
  const n = runs[0].right.length;
  const right = runs.reduce((sum, run) => sum + run.right.reduce((a, b) => a + b, 0), 0) / runs.length;
  return proportion(right, n);
}
