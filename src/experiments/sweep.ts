import path from 'node:path';
import { checkSameClassesIn } from '../data/same-classes.ts';
import { type Features, firstRows } from '../features/features.ts';
import { cellSignal } from '../host/host.ts';
import { ownOf } from '../host/own.ts';
import { type ProgressOption, progressOf } from '../host/progress.ts';
import { isRefusal } from '../host/refusal.mjs';
import { buildHead } from '../models/head.ts';
import { contradictionOf } from '../options/contradictions.mjs';
import { runsFolder } from '../project.ts';
import { inTurns } from '../host/in-turns.ts';
import { isUri, openPlace, type Place } from '../storage/places/place.ts';
import { removeLeftovers } from '../storage/files/put.ts';
import { makeFolder } from '../storage/files/replace-file.ts';
import { judge } from '../training/evaluation/judge.ts';
import { fit } from '../training/fit.ts';
import type { Epoch } from '../training/history.ts';
import { layersFor } from './head-kind.ts';
import { factsOfRuns, type RunFacts } from './run-facts.ts';
import { keepRun, readRun, runFile } from './run-records.ts';
import { settingText, type Setting, SETTING_OPTIONS } from './setting.ts';

export { settingText, type Setting };

/** Values of each option; every combination is a run. */
export type Grid = { readonly [K in keyof Setting]: readonly NonNullable<Setting[K]>[] };

/** A finished run of a sweep. */
export interface SweepRun {
  readonly setting: Setting;
  readonly accuracy: number;
  /** For each test image: 1 if it was right. */
  readonly right: Uint8Array;
  readonly loss: number;
  readonly epochs: readonly Epoch[];
  readonly seconds: number;
  /** What tells it from other runs; known to runs of a sweep. */
  readonly of?: RunFacts;
}

/** A run that did not finish, or could not be written down. */
export interface FailedRun {
  readonly setting: Setting;
  readonly error: string;
  /** Whether the place or the folder refuses this machine: another try ends the same way. */
  readonly refused?: boolean;
}

/** What a sweep trains on and tests on. */
export interface SweepData {
  readonly train: Features;
  /** Judged after each epoch, if given. */
  readonly validation?: Features;
  /** What every run is tested on. */
  readonly test: Features;
}

export interface SweepOptions {
  /** Where runs are written down: a folder, or `s3://bucket/prefix`. @default `runs/sweeps` */
  readonly folder?: string;
  /** A bar of its own in a notebook and on a terminal, false for none, or a function. @default a bar */
  readonly progress?: ProgressOption;
  /** Ends the sweep after the current step; finished runs are kept. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

export interface SweepResult {
  readonly kind: 'sweep';
  /** Finished runs, in the grid's order. */
  readonly runs: readonly SweepRun[];
  /** Runs that did not finish, or could not be written down; the latter are in both lists. */
  readonly failed: readonly FailedRun[];
  /** What every run rests on, in words. */
  readonly basis: string;
  /** What every run was trained on, in words. */
  readonly trained?: string;
}

/**
 * Trains a head for every combination of a grid, on features that already exist. Each finished run is written down
 * under all that decides it: the setting, and the ids of training, validation and test features. The same sweep, a
 * larger one, or one after a failure or a restart takes it from there.
 * @param grid options with the values to try, like `{ dropout: [0, 0.5], seed: [1, 2, 3] }`; the last one changes
 * fastest
 * @throws RangeError naming an option that is not known; the signal's reason when aborted
 * @example
 * const result = await sweep({ dropout: [0, 0.5], seed: [1, 2] }, { train, test });
 */
export async function sweep(grid: Grid, data: SweepData, options: SweepOptions = {}): Promise<SweepResult> {
  const { folder = path.join(runsFolder(), 'sweeps') } = options;
  const settings = combinations(grid);
  if (!isUri(folder)) {
    makeFolder(folder);
    removeLeftovers(folder);
  }
  const { runs, failed } = await runAll(settings, data, await openPlace(folder), options);
  return { kind: 'sweep', runs, failed, basis: sweepBasis(data), trained: data.train.name };
}

/** Says in words what every run rests on. */
export const sweepBasis = ({ train: trained, test }: SweepData): string =>
  `${trained.name}; ${test.shape[0].toLocaleString('en-US')} test images`;

/**
 * Trains a head for each setting whose run is not written down at a place yet, and writes it down there.
 * @param options.prefix how the records' names begin there
 * @param options.onlyKept a run counts only if it is written down: the first that is refused ends all @default false,
 * they are trained and returned all the same
 * @returns what is finished, in the order of the settings, and what is not; how many were there before
 * @throws the signal's reason when aborted
 */
export async function runAll(
  settings: readonly Setting[],
  data: SweepData,
  place: Place,
  {
    prefix = '',
    onlyKept = false,
    ...options
  }: Pick<SweepOptions, 'progress' | 'signal'> & { readonly prefix?: string; readonly onlyKept?: boolean } = {},
): Promise<Pick<SweepResult, 'runs' | 'failed'> & { readonly found: number }> {
  const signal = options.signal ?? cellSignal();
  checkSameClassesIn(data.train, { validation: data.validation, test: data.test });
  const bar = progressOf(options.progress, 'runs');
  const runs: SweepRun[] = [];
  const failed: FailedRun[] = [];
  const fileOf = (setting: Setting): string => prefix + runFile(setting, data);
  const factsOf = factsOfRuns(data);
  const kept = async (setting: Setting): Promise<SweepRun | undefined> => {
    const there = await readRun(place, fileOf(setting));
    return there && 'run' in there ? there.run : undefined;
  };
  const known = await inTurns(settings, kept);
  const found = known.filter(Boolean).length;
  let done = 0;
  const report = (note?: string): void => bar?.({ label: 'sweep', done, total: settings.length, cached: found, note });
  report();
  for (const [i, setting] of settings.entries()) {
    let run = known[i];
    if (!run) {
      try {
        run = await kept(setting); // another machine may have finished it meanwhile
        if (!run) {
          run = await train(setting, data, signal);
          signal?.throwIfAborted();
          await keepRun(place, fileOf(setting), run);
        }
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        const refused = isRefusal(error);
        if (refused && onlyKept) throw error;
        failed.push({ setting, error: (error as Error).message, ...(refused && { refused }) });
      }
    }
    if (run) runs.push({ ...run, of: factsOf(setting) });
    done++;
    report(failed.length ? `${failed.length} failed` : settingText(setting));
  }
  return { runs, failed, found };
}

/** Lists every combination of a grid's values. */
export function combinations(grid: Grid): Setting[] {
  const names = Object.keys(grid);
  const unknown = names.find((name) => !(SETTING_OPTIONS as readonly string[]).includes(name));
  if (unknown) throw new RangeError(`sweep: expected options ${SETTING_OPTIONS.join(', ')}; got "${unknown}".`);
  const empty = names.find((name) => !ownOf(grid as Record<string, readonly unknown[]>, name)?.length);
  if (empty) throw new RangeError(`sweep: expected one value or more for "${empty}"; got none.`);
  const settings = Object.entries(grid).reduce<Setting[]>(
    (before, [name, values]) =>
      before.flatMap((setting) => (values as readonly unknown[]).map((value) => ({ ...setting, [name]: value }))),
    [{}],
  );
  const contradiction = settings.map((setting) => contradictionOf(setting)).find(Boolean);
  if (contradiction) throw new RangeError(`sweep: ${contradiction}`);
  return settings;
}

async function train(
  setting: Setting,
  { train: all, validation, test }: SweepData,
  signal: AbortSignal | undefined,
): Promise<SweepRun> {
  const { dropout, hidden, hiddenDropout, l2, seed, train: size, ...fitting } = setting;
  const onTop = layersFor(fitting.head, { dropout, hidden, hiddenDropout, l2, seed });
  const head = buildHead(all.shape.slice(1), { classes: all.classNames, ...onTop });
  try {
    const data = size === undefined ? all : firstRows(all, size);
    const history = await fit(head, data, { ...fitting, seed, validation, signal, progress: false });
    const { accuracy, loss, right } = await judge(head, test);
    return { setting, accuracy: accuracy.value, right, loss, epochs: history.epochs, seconds: history.seconds };
  } finally {
    head.dispose();
  }
}
