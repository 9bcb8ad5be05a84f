import path from 'node:path';
import { type Features, firstRows } from '../features/features.ts';
import { cellSignal } from '../host/host.ts';
import { type ProgressOption, progressOf } from '../host/progress.ts';
import { buildHead } from '../models/head.ts';
import { ROOT } from '../project.ts';
import { hashOf } from '../storage/hash.ts';
import { removeLeftovers } from '../storage/put.ts';
import { makeFolder } from '../storage/replace-file.ts';
import { readSealed, writeSealed } from '../storage/sealed-json.ts';
import { evaluate } from '../training/evaluate.ts';
import { fit } from '../training/fit.ts';
import type { Epoch } from '../training/history.ts';
import { describe, type Setting } from './setting.ts';

export { describe, type Setting };

const OPTIONS = [
  'dropout',
  'hidden',
  'hiddenDropout',
  'l2',
  'seed',
  'epochs',
  'batchSize',
  'learningRate',
  'optimizer',
  'schedule',
  'draws',
  'mixup',
  'train',
] as const satisfies readonly (keyof Setting)[];

/** Values of each option; every combination is a run. */
export type Grid = { readonly [K in keyof Setting]: readonly NonNullable<Setting[K]>[] };

/** A finished run of a sweep. */
export interface SweepRun {
  readonly setting: Setting;
  readonly accuracy: number;
  /** Of each test image: 1 where it was right. */
  readonly right: Uint8Array;
  readonly loss: number;
  readonly epochs: readonly Epoch[];
  readonly seconds: number;
}

/** A run that did not finish, or could not be written down. */
export interface FailedRun {
  readonly setting: Setting;
  readonly error: string;
}

/** What a sweep trains on and tests on. */
export interface SweepData {
  readonly train: Features;
  /** Judged after each epoch, where it is there. */
  readonly validation?: Features;
  /** What every run is tested on. */
  readonly test: Features;
}

export interface SweepOptions {
  /** Where runs are written down. @default `runs/sweeps` */
  readonly folder?: string;
  /** A bar of its own in a notebook and on a terminal, false for none, or a function. @default a bar */
  readonly progress?: ProgressOption;
  /** Ends the sweep after the step in flight; finished runs are kept. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

export interface SweepResult {
  readonly kind: 'sweep';
  /** Finished, in the grid's order. */
  readonly runs: readonly SweepRun[];
  /** Those that did not finish, or could not be written down; the latter are among both. */
  readonly failed: readonly FailedRun[];
  /** What every run rests on, in words. */
  readonly basis: string;
}

/**
 * Trains a head for every combination of a grid, on features that are there. Each finished run is written down under
 * all that decides it: setting, and the ids of training, validation and test features; the same sweep, a larger one, or
 * one after a failure or a restart, takes it from there.
 * @param grid options with the values to try, like `{ dropout: [0, 0.5], seed: [1, 2, 3] }`; the last one changes
 *   fastest
 * @throws RangeError naming an option that is not known; the signal's reason when aborted
 */
export async function sweep(grid: Grid, data: SweepData, options: SweepOptions = {}): Promise<SweepResult> {
  const { folder = path.join(ROOT, 'runs/sweeps') } = options;
  const signal = options.signal ?? cellSignal();
  const bar = progressOf(options.progress, 'runs');
  const settings = combinations(grid);
  makeFolder(folder);
  removeLeftovers(folder);
  const runs: SweepRun[] = [];
  const failed: FailedRun[] = [];
  const known = settings.map((setting) => read(fileOf(folder, setting, data)));
  const cached = known.filter(Boolean).length;
  let done = 0;
  const report = (note?: string): void => bar?.({ label: 'sweep', done, total: settings.length, cached, note });
  report();
  for (const [i, setting] of settings.entries()) {
    let run = known[i];
    if (!run) {
      try {
        run = await train(setting, data, signal);
        signal?.throwIfAborted();
        writeSealed(fileOf(folder, setting, data), encode(run), { indent: 0 });
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        failed.push({ setting, error: (error as Error).message });
      }
    }
    if (run) runs.push(run);
    done++;
    report(failed.length ? `${failed.length} failed` : describe(setting));
  }
  const { train: trained, test } = data;
  return {
    kind: 'sweep',
    runs,
    failed,
    basis: `${trained.name}; ${test.shape[0].toLocaleString('en-US')} test images`,
  };
}

/** Every combination of a grid's values. */
export function combinations(grid: Grid): Setting[] {
  const names = Object.keys(grid);
  const unknown = names.find((name) => !(OPTIONS as readonly string[]).includes(name));
  if (unknown) throw new RangeError(`sweep: expected options ${OPTIONS.join(', ')}; got "${unknown}".`);
  const empty = names.find((name) => !(grid as Record<string, readonly unknown[]>)[name]?.length);
  if (empty) throw new RangeError(`sweep: expected one value or more for "${empty}"; got none.`);
  return Object.entries(grid).reduce<Setting[]>(
    (settings, [name, values]) =>
      settings.flatMap((setting) => (values as readonly unknown[]).map((value) => ({ ...setting, [name]: value }))),
    [{}],
  );
}

async function train(
  setting: Setting,
  { train: all, validation, test }: SweepData,
  signal: AbortSignal | undefined,
): Promise<SweepRun> {
  const { dropout, hidden, hiddenDropout, l2, seed, train: size, ...fitting } = setting;
  const head = buildHead(all.shape.slice(1), { classes: all.classNames, dropout, hidden, hiddenDropout, l2, seed });
  try {
    const data = size === undefined ? all : firstRows(all, size);
    const history = await fit(head, data, { ...fitting, seed, validation, signal, progress: false });
    const { accuracy, loss, right } = await evaluate(head, test);
    return { setting, accuracy: accuracy.value, right, loss, epochs: history.epochs, seconds: history.seconds };
  } finally {
    head.dispose();
  }
}

const fileOf = (folder: string, setting: Setting, { train: trained, validation, test }: SweepData): string => {
  const sorted = Object.fromEntries(Object.entries(setting).sort(([a], [b]) => (a < b ? -1 : 1)));
  const name = hashOf([3, sorted, trained.id, trained.views, validation?.id, test.id, test.views]);
  return path.join(folder, `${name.slice(0, 24)}.json`);
};

const encode = ({ right, ...run }: SweepRun): object => ({
  ...run,
  n: right.length,
  right: Buffer.from(right).toString('latin1').replaceAll('\x01', '1').replaceAll('\x00', '0'),
});

/** A run that was written down; a damaged one counts as none. */
function read(file: string): SweepRun | undefined {
  try {
    const { n: _, right, ...run } = readSealed<Omit<SweepRun, 'right'> & { right: string; n: number }>(file);
    return { ...run, right: Uint8Array.from(right, Number) };
  } catch {
    return undefined;
  }
}
