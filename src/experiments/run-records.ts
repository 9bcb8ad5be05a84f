import { cpuKind } from '../host/machine.ts';
import { hashOf } from '../storage/files/hash.ts';
import type { Place } from '../storage/places/place.ts';
import { putInstead } from '../storage/places/take-away.ts';
import { isGone } from '../storage/rows/row-set.ts';
import { parseSealed, sealed } from '../storage/files/sealed-json.ts';
import type { Setting } from './setting.ts';
import type { SweepRun } from './sweep.ts';

/** The parts of a run's training and test data that decide its result. */
export interface RunData {
  readonly train: { readonly id: string; readonly views: number };
  readonly validation?: { readonly id: string };
  readonly test: { readonly id: string; readonly views: number };
}

/** Names the file in which a run is written down, after all that decides the run. */
export function runFile(setting: Setting, { train, validation, test }: RunData): string {
  const sorted = Object.fromEntries(Object.entries(setting).sort(([a], [b]) => (a < b ? -1 : 1)));
  // runs of sgd with a schedule that were written down as 3 had a constant rate all the same
  const { optimizer, schedule = 'constant' } = setting;
  const version = optimizer === 'sgd' && schedule !== 'constant' ? 4 : 3;
  return `${hashOf([version, sorted, train.id, train.views, validation?.id, test.id, test.views]).slice(0, 24)}.json`;
}

/** A run that was written down, and the kind of CPU that made it, if it is known. */
export interface KeptRun {
  readonly run: SweepRun;
  readonly cpu?: string;
}

/** Reads a run: undefined if there is none; `damaged` says why one cannot be read. */
export async function readRun(place: Place, file: string): Promise<KeptRun | { readonly damaged: string } | undefined> {
  let text: string;
  try {
    text = Buffer.from(await place.read(file)).toString('utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
  try {
    const { n: _, right, cpu, ...run } = parseSealed<Written>(text, file);
    return { run: { ...run, right: Uint8Array.from(right, Number) }, cpu };
  } catch (error) {
    return { damaged: (error as Error).message };
  }
}

type Written = Omit<SweepRun, 'right' | 'of'> & { readonly right: string; readonly n: number; readonly cpu?: string };

/** Writes a run down; a damaged one under its name is set aside, an intact one stays. */
export async function keepRun(place: Place, file: string, { right, of: _, ...run }: SweepRun): Promise<void> {
  const digits = Buffer.from(right).toString('latin1').replaceAll('\x01', '1').replaceAll('\x00', '0');
  const written: Written = { ...run, n: right.length, right: digits, cpu: cpuKind() };
  const bytes = Buffer.from(sealed(written, 0));
  if (await place.putIfAbsent(file, bytes)) return;
  const there = await readRun(place, file);
  if (there && 'run' in there) return;
  await putInstead(place, file, bytes);
}
