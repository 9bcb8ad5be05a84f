import type { Proportion } from '../training/evaluation/interval.ts';
import { proportion, proportionText } from '../training/evaluation/interval.ts';
import { uniqueRuns } from './run-facts.ts';
import type { SweepRun } from './sweep.ts';
import { differently } from './test-set.ts';

/**
 * A run that may have been judged on validation images: a sweep's run after the epoch whose weights it has, or a run
 * with an accuracy on them.
 */
export type Chosen = Pick<SweepRun, 'right'> &
  Partial<Pick<SweepRun, 'setting' | 'of' | 'epochs'>> & { readonly validation?: Proportion };

/** How runs of one setting did on validation images, over all of them. */
export interface Validation {
  /** Accuracy, 0..1. */
  readonly accuracy: number;
  /** Mean cross-entropy, in nats; 0 if it is not known. */
  readonly loss: number;
  /** How many validation images, if known. */
  readonly n?: number;
}

/** Averages how runs did on the validation images; undefined if one of them was not judged on any. */
export function validationOf(given: readonly Chosen[]): Validation | undefined {
  const each = uniqueRuns(given).map(({ epochs, validation, of, setting }): Validation | undefined => {
    const last = setting?.restoreBest ? bestOf(epochs) : epochs?.at(-1);
    if (validation) return { accuracy: validation.value, loss: 0, n: validation.n };
    if (last?.valAccuracy === undefined) return undefined;
    return { accuracy: last.valAccuracy, loss: last.valLoss ?? 0, n: of?.validation?.n };
  });
  if (!each.length || each.some((one) => one === undefined)) return undefined;
  const all = each as Validation[];
  const mean = (value: (one: Validation) => number): number =>
    all.reduce((sum, one) => sum + value(one), 0) / all.length;
  return { accuracy: mean((one) => one.accuracy), loss: mean((one) => one.loss), n: all[0].n };
}

/** Finds the epoch that `restoreBest` went back to: the first with the lowest loss. */
const bestOf = (epochs: SweepRun['epochs'] = []): SweepRun['epochs'][number] | undefined =>
  epochs.reduce<SweepRun['epochs'][number] | undefined>(
    (best, one) => (best && (one.valLoss ?? Infinity) >= (best.valLoss ?? Infinity) ? best : one),
    undefined,
  );

/**
 * Orders groups of runs by validation images alone: the most right, then the smallest loss. What is picked by its test
 * accuracy is flattered by it.
 * @returns positions in `groups`, the best first; undefined if not every run was judged on the same validation images
 */
export function byValidation(groups: readonly (readonly Chosen[])[]): number[] | undefined {
  const each = groups.map(validationOf);
  const sets = groups.flat().flatMap(({ of }) => of?.validation ?? []);
  if (!groups.length || each.includes(undefined) || sets.some((set) => differently(sets[0], set))) return undefined;
  if (each.some((one) => one!.n !== each[0]!.n)) return undefined;
  return [...groups.keys()].sort(
    (a, b) => each[b]!.accuracy - each[a]!.accuracy || each[a]!.loss - each[b]!.loss || a - b,
  );
}

/** Writes 84.9 % (95 % interval 80.0 to 88.8, n = 250 validation images). */
export function validationText({ accuracy, n }: Validation): string {
  if (n === undefined) return `${(100 * accuracy).toFixed(1)} %`;
  const text = proportionText({ ...proportion(accuracy * n, n), value: accuracy });
  return text.replace(/\)$/, ' validation images)');
}
