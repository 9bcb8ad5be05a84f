import { existsSync } from 'node:fs';
import path from 'node:path';
import { hashOf, readSealed, writeSealed } from '../storage/sealed-json.ts';
import type { Progress } from '../host/progress.ts';
import { ROOT } from '../project.ts';
import { makeFolder, removeLeftovers } from '../storage/replace-file.ts';
import { evaluate } from '../training/evaluate.ts';
import { type Epoch, fit, type FitOptions } from '../training/fit.ts';
import { buildHead, type HeadOptions } from '../models/head.ts';
import type { LabelledFeatures } from '../training/data.ts';

/** What a head can be trained with; each may be swept over. */
export interface Setting
  extends Omit<HeadOptions, 'classes'>, Pick<FitOptions, 'epochs' | 'batchSize' | 'learningRate' | 'optimizer' | 'schedule' | 'draws' | 'mixup'> {
  /** Only the first so many training images. @default all */
  readonly train?: number;
}

const OPTIONS = [
  'dropout', 'hidden', 'hiddenDropout', 'l2', 'seed', 'epochs', 'batchSize', 'learningRate', 'optimizer', 'schedule', 'draws', 'mixup', 'train',
] as const satisfies readonly (keyof Setting)[]; // prettier-ignore

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

export interface SweepOptions {
  readonly train: LabelledFeatures;
  /** Judged after each epoch, where it is there. */
  readonly validation?: LabelledFeatures;
  /** What every run is tested on. */
  readonly test: LabelledFeatures;
  /** K. */
  readonly classes: number;
  /** Names images, network and cut, `trainFeatures.file` say: runs of another basis are not taken for these. */
  readonly basis: string;
  /** Where runs are written down. @default `runs/sweeps` */
  readonly folder?: string;
  readonly onProgress?: (progress: Progress) => void;
  /** Ends the sweep after the step in flight; finished runs are kept. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a head for every combination of a grid, on features that are there. Each finished run is written down; the same
 * sweep, a larger one, or one after a failure or a restart, takes it from there.
 * @param grid options with the values to try, like `{ dropout: [0, 0.5], seed: [1, 2, 3] }`; the last one changes fastest
 * @returns the finished runs in the grid's order, and those that failed; a run that could not be written down is among both
 * @throws RangeError naming an option that is not known; the signal's reason when aborted
 */
export async function sweep(grid: Grid, options: SweepOptions): Promise<{ readonly runs: readonly SweepRun[]; readonly failed: readonly FailedRun[] }> {
  const { folder = path.join(ROOT, 'runs/sweeps'), onProgress, signal } = options;
  const settings = combinations(grid);
  makeFolder(folder);
  removeLeftovers(folder);
  const runs: SweepRun[] = [];
  const failed: FailedRun[] = [];
  const kept = settings.filter((setting) => existsSync(fileOf(folder, setting, options))).length;
  let done = 0;
  const report = (note?: string): void => onProgress?.({ label: 'sweep', done, total: settings.length, cached: kept, note });
  report();
  for (const setting of settings) {
    const file = fileOf(folder, setting, options);
    let run = read(file);
    if (!run) {
      try {
        run = await train(setting, options);
        signal?.throwIfAborted();
        writeSealed(file, encode(run), { indent: 0 });
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        failed.push({ setting, error: (error as Error).message });
      }
    }
    if (run) runs.push(run);
    done++;
    report(failed.length ? `${failed.length} failed` : describe(setting));
  }
  return { runs, failed };
}

/** Every combination of a grid's values. */
export function combinations(grid: Grid): Setting[] {
  const names = Object.keys(grid);
  const unknown = names.find((name) => !(OPTIONS as readonly string[]).includes(name));
  if (unknown) throw new RangeError(`sweep: expected options ${OPTIONS.join(', ')}; got "${unknown}".`);
  const empty = names.find((name) => !(grid as Record<string, readonly unknown[]>)[name]?.length);
  if (empty) throw new RangeError(`sweep: expected one value or more for "${empty}"; got none.`);
  return Object.entries(grid).reduce<Setting[]>(
    (settings, [name, values]) => settings.flatMap((setting) => (values as readonly unknown[]).map((value) => ({ ...setting, [name]: value }))),
    [{}],
  );
}

/** dropout 0.5, seed 1. */
export const describe = (setting: Setting): string =>
  Object.entries(setting)
    .map(([name, value]) => `${name} ${JSON.stringify(value).replaceAll('"', '')}`)
    .join(', ');

async function train(setting: Setting, { train: all, validation, test, classes, signal }: SweepOptions): Promise<SweepRun> {
  const { dropout, hidden, hiddenDropout, l2, seed, train: size, ...fitting } = setting;
  const head = buildHead(all.features.shape.slice(1), { classes, dropout, hidden, hiddenDropout, l2, seed });
  try {
    const history = await fit(head, size === undefined ? all : firstOf(all, size), { ...fitting, seed, validation, signal });
    const { accuracy, loss, right } = await evaluate(head, test);
    return { setting, accuracy: accuracy.value, right, loss, epochs: history.epochs, seconds: history.seconds };
  } finally {
    head.dispose();
  }
}

/** The first images of a set; a seeded subset's are stratified. */
export function firstOf({ features, labels }: LabelledFeatures, size: number): LabelledFeatures {
  if (!Number.isInteger(size) || size < 1 || size > labels.length) {
    throw new RangeError(`train: expected 1 to ${labels.length} images, whose features are there; got ${size}.`);
  }
  const { views, rowsOfViews, rowsOfEpoch } = features;
  const several = { ...(views && rowsOfViews && { views, rowsOfViews }), ...(rowsOfEpoch && { rowsOfEpoch }) };
  return {
    features: { shape: [size, ...features.shape.slice(1)], rows: (indices) => features.rows(indices), ...several },
    labels: Array.from(labels).slice(0, size),
  };
}

const fileOf = (folder: string, setting: Setting, { basis, train: { labels, features }, validation, test, classes }: SweepOptions): string => {
  const sorted = Object.fromEntries(Object.entries(setting).sort(([a], [b]) => (a < b ? -1 : 1)));
  const data = [basis, features.shape, Array.from(labels), features.views?.length, validation?.labels.length, Array.from(test.labels), classes];
  return path.join(folder, `${hashOf([1, sorted, data]).slice(0, 24)}.json`);
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
