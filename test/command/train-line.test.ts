import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Printed } from '../../src/command/line/command.mjs';
import { parseArguments } from '../../src/command/flags/arguments.mjs';
import { asOptions } from '../../src/command/flags/option-flags.mjs';
import { COMMANDS } from '../../src/command/main.mjs';
import { trainLine } from '../../src/command/run/print/train-line.ts';
import { readRun } from '../../src/experiments/run-records.ts';
import type { Run } from '../../src/experiments/runs.ts';
import { settingText as inWords } from '../../src/experiments/setting.ts';
import type { SweepSource } from '../../src/experiments/sweep-data.ts';
import { openPlace } from '../../src/storage/places/place.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'train-line-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs `graft …` here: a process of its own for each takes longer than what they do. */
async function graft(name: string, args: readonly string[]): Promise<Printed> {
  const { values, operands } = parseArguments(COMMANDS[name], args);
  const { run } = await COMMANDS[name].load();
  return (await run(values, { operands, signal: new AbortController().signal })) as Printed;
}

interface Listed {
  readonly setting: object;
  readonly validation: number;
}

const SOURCE = { data: 'shapes10', backbone: 'vgg19-mini', train: 60, validation: 20, test: 40, precision: 'float32' };

it.each([
  { what: 'a plain grid', file: { ...SOURCE, grid: { dropout: [0, 0.5], epochs: [2] } } },
  {
    what: 'every option of the head and its training',
    file: {
      ...{ ...SOURCE, seed: 3, interpolation: 'area', inputSize: 64, cut: 'block5_pool', dtype: 'float32' },
      ...{ hiddenDropout: 0.1, l2: 1e-4, schedule: 'cosine', mixup: 0.2, draws: 50, classWeights: 'balanced' },
      ...{ batchSize: 16, learningRate: 0.01, optimizer: 'adam', patience: 2, restoreBest: true, epochs: 3 },
      grid: { dropout: [0.2], hidden: [[8, 4], [6]], seed: [1, 2] },
    },
  },
])('the best point of $what is made again by the line that graft sweep prints', async ({ what, file }) => {
  const at = (name: string) => path.join(folder, what.replaceAll(' ', '-'), name);
  const grid = path.join(folder, `${what}.json`);
  writeFileSync(grid, JSON.stringify({ ...file, cache: at('features') }));
  const swept = await graft('sweep', [grid, '--out', at('runs')]);
  const { train: line, runs } = swept.json as { readonly train: string; readonly runs: readonly Listed[] };
  expect(swept.text).toContain(`the best by validation: ${line}`);

  const trained = await graft('train', [...line.split(' ').slice(2), '--runs', at('trained')]);
  const { history, test } = trained.json as Run;
  const place = await openPlace(at('runs'));
  const kept = await Promise.all(readdirSync(at('runs/sweeps')).map((name) => readRun(place, `sweeps/${name}`)));
  expect(kept).toHaveLength(runs.length);
  const all = kept.flatMap((one) => (one && 'run' in one ? [one.run] : []));
  const untimed = (epochs: Run['history']['epochs']) => epochs.map(({ seconds: _, ...epoch }) => epoch);
  const same = all.filter(({ epochs }) => JSON.stringify(untimed(epochs)) === JSON.stringify(untimed(history.epochs)));
  // the same losses after every epoch: the same weights
  expect(same.map(({ setting }) => inWords(setting))).toHaveLength(1);
  expect(same[0].accuracy).toBe(test.accuracy);
  // of those that the sweep lists none has a better validation accuracy
  const validationOf = (setting: object) => runs.find((run) => inWords(run.setting) === inWords(setting))!.validation;
  expect(validationOf(same[0].setting)).toBe(Math.max(...runs.map(({ validation }) => validation)));
});

it('a line says what it trains as a shell takes it, and reads as the same options', () => {
  const source: SweepSource = { data: "my 'own' photos", cut: 'a b', strict: true, fast: false, seed: 4, imageSeed: 5 };
  const line = trainLine(source, { hidden: [], dropout: 0.5, classWeights: [1, 2], train: 9 });
  expect(line).toBe(
    "graft train --data 'my '\\''own'\\'' photos' --train 9 --image-seed 5 --strict --cut 'a b' --dropout 0.5 " +
      '--hidden none --seed 1 --class-weights 1,2',
  );
  // without an option of the softmax head, photos would have the better of two heads
  expect(trainLine({ data: 'photos' }, { seed: 2 })).toBe(
    'graft train --data photos --image-seed 1 --head softmax --seed 2',
  );
  expect(trainLine({ data: 'shapes10' }, { seed: 2 })).toBe('graft train --data shapes10 --image-seed 1 --seed 2');
  expect(trainLine({ data: 'photos' }, { head: 'auto' })).toBe('graft train --data photos --head auto --seed 1');
  const flags = ['--hidden', 'none', '--class-weights', '1,2', '--seed', '1', '--image-seed', '5', '--strict'];
  expect(asOptions(parseArguments(COMMANDS.train, flags).values)).toEqual({
    ...{ hidden: [], classWeights: [1, 2], seed: 1, imageSeed: 5, strict: true },
  });
});
