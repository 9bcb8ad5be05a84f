import path from 'node:path';
import { nearest } from '../text/nearest.mjs';
import { UsageError } from '../command/line/usage-error.mjs';
import type { ValuesOf } from '../command/flags/flag.mjs';
import { cifar10 } from '../data/named/cifar10.ts';
import { type Sample, sample } from '../data/subset.ts';
import { commit } from '../host/commit.ts';
import { hardware } from '../host/machine.ts';
import { stopwatch } from '../host/stopwatch.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { meanAccuracy } from '../experiments/statistics/mean-accuracy.ts';
import { dataFolder } from '../project.ts';
import { closeIdle } from '../runtime/pool.ts';
import { readText } from '../storage/files/read-file.ts';
import { replaceFile } from '../storage/files/replace-file.ts';
import type { flags } from './flags.mjs';
import { type Outcome, ROWS } from './rows.ts';
import { DOCUMENT, readResults, type Record, RECORDS, withTable } from './table.ts';

/** The number of validation images that choices are made on; they come from the training images. */
const VALIDATION = 5000;

/** Makes a row of docs/results.md, prints it and records it; without a name it lists the rows. */
export async function runResults(names: readonly string[], options: ValuesOf<typeof flags>): Promise<void> {
  if (!names.length) {
    for (const [name, { about }] of Object.entries(ROWS)) console.log(`${name.padEnd(20)}${about}`);
    return;
  }
  const [name] = names;
  const row = Object.hasOwn(ROWS, name) ? ROWS[name] : undefined;
  if (!row || names.length > 1) {
    const meant = nearest(name, Object.keys(ROWS));
    const hint = meant && !row ? ` Did you mean ${meant}?` : '';
    throw new UsageError(`expected one row of ${Object.keys(ROWS).join(', ')}; got ${names.join(' ')}.${hint}`);
  }
  const seeds = seedsOf(options.seeds ?? '1,2,3');
  const { cache = path.join(dataFolder(), 'features'), train } = options;
  await useTensorFlow();
  const images = await imagesOf(train);
  const seconds: { [stage: string]: number } = {};
  const time = async <T>(stage: string, work: () => Promise<T>): Promise<T> => {
    const clock = stopwatch();
    try {
      return await work();
    } finally {
      seconds[stage] = (seconds[stage] ?? 0) + clock();
    }
  };
  const outcomes: Outcome[] = [];
  for (const seed of row.seeded ? seeds : seeds.slice(0, 1)) {
    const outcome = await row.run({ images, seed, cache, time });
    outcomes.push(outcome);
    console.log(
      `${name}, seed ${seed}: ${String(meanAccuracy([outcome]))}${outcome.chosen ? `; ${outcome.chosen}` : ''}`,
    );
  }
  await closeIdle();
  const record = recordOf(row.about, seeds.slice(0, outcomes.length), outcomes, seconds, images);
  console.log(JSON.stringify(record, undefined, 2));
  if (train !== undefined) return;
  const records = { ...(await readResults()), [name]: record };
  replaceFile(RECORDS, `${JSON.stringify(records, undefined, 2)}\n`);
  replaceFile(DOCUMENT, withTable(records, await readText(DOCUMENT)));
}

function seedsOf(text: string): number[] {
  const seeds = text.split(',').map(Number);
  if (seeds.every((seed) => Number.isInteger(seed) && seed >= 0)) return seeds;
  throw new UsageError(`--seeds: expected whole numbers with commas between them, like 1,2,3; got "${text}".`);
}

/** Gives all of CIFAR-10, or a small part of it. */
async function imagesOf(train: number | undefined): Promise<Sample> {
  const splits = await cifar10();
  if (train === undefined)
    return sample(splits, { train: splits.train.n - VALIDATION, validation: VALIDATION, test: splits.test.n });
  const part = Math.max(10, Math.floor(train / 5));
  return sample(splits, { train, validation: part, test: part });
}

function recordOf(
  about: string,
  seeds: readonly number[],
  outcomes: readonly Outcome[],
  seconds: Readonly<{ [stage: string]: number }>,
  { train, validation }: Sample,
): Record {
  const { value, interval, n } = meanAccuracy(outcomes);
  const [{ width, disk, kept, chosen }] = outcomes;
  const each = outcomes.map((outcome) => meanAccuracy([outcome]).value);
  return {
    about,
    accuracy: value,
    interval,
    test: n,
    train: train.n + (validation?.n ?? 0),
    validation: validation?.n ?? 0,
    seeds,
    each,
    ...(chosen && { chosen }),
    width,
    disk,
    ...(kept && { kept }),
    seconds: Object.fromEntries(Object.entries(seconds).map(([stage, s]) => [stage, Math.round(s)])),
    memoryMiB: {
      notebook: Math.round(process.resourceUsage().maxRSS / 1024),
      backbone: Math.round(Math.max(...outcomes.map(({ backboneMiB }) => backboneMiB))),
    },
    hardware: hardware(),
    date: new Date().toISOString().slice(0, 10),
    commit: commit() ?? '',
  };
}
