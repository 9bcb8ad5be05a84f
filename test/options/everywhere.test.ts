import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';
import {
  type CandidateOptions,
  compareBackbones,
  type CompareBackbonesOptions,
} from '../../src/analysis/compare-backbones.ts';
import { parseArguments } from '../../src/command/flags/arguments.mjs';
import type { Flag } from '../../src/command/flags/flag.mjs';
import { asOptions } from '../../src/command/flags/option-flags.mjs';
import { COMMANDS } from '../../src/command/main.mjs';
import { sweepOf } from '../../src/command/run/open/sweep-of.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { sample } from '../../src/data/subset.ts';
import { parseSweepFile } from '../../src/experiments/sweep-file.ts';
import { type ExperimentOptions, trainClassifier } from '../../src/experiments/train.ts';
import { flagName, OPTION_NAMES, type OptionName, OPTIONS, SHARED, TRIED } from '../../src/options/options.mjs';
import type { Row } from '../../src/options/row.mjs';
import { ruleOf } from '../../src/options/rule.mjs';

/** Two values of each option, the second as a flag writes it: a new row asks for a line here, and for its type. */
const VALUES = {
  data: ['shapes10', 'shapes10'],
  train: [20, '20'],
  validation: [5, '5'],
  test: [10, '10'],
  imageSeed: [3, '3'],
  resize: ['pad', 'pad'],
  testShare: [0.5, '0.5'],
  path: ['file', 'file'],
  label: ['kind', 'kind'],
  root: ['src', 'src'],
  classFolders: [true, ''],
  strict: [true, ''],
  backbone: ['vgg19-mini', 'vgg19-mini'],
  budget: [30, '30'],
  cut: ['block5_pool', 'block5_pool'],
  pooling: ['avg', 'avg'],
  inputSize: [64, '64'],
  fast: [true, ''],
  layout: ['NHWC', 'NHWC'],
  cutLayout: ['NHWC', 'NHWC'],
  interpolation: ['area', 'area'],
  preprocess: ['none', 'none'],
  engine: ['onnx', 'onnx'],
  precision: ['float32', 'float32'],
  calibrationPercentile: [99.5, '99.5'],
  dtype: ['float16', 'float16'],
  cache: ['features', 'features'],
  head: ['auto', 'auto'],
  dropout: [0.1, '0.1'],
  hidden: [[8, 4], '8,4'],
  hiddenDropout: [0.2, '0.2'],
  l2: [1e-4, '1e-4'],
  seed: [7, '7'],
  epochs: [2, '2'],
  batchSize: [16, '16'],
  learningRate: [0.01, '0.01'],
  optimizer: ['sgd', 'sgd'],
  weightDecay: [0.01, '0.01'],
  momentum: [0.9, '0.9'],
  nesterov: [true, ''],
  schedule: ['cosine', 'cosine'],
  plateauFactor: [0.5, '0.5'],
  plateauPatience: [2, '2'],
  plateauMinDelta: [0.001, '0.001'],
  plateauCooldown: [1, '1'],
  plateauMinRate: [1e-5, '1e-5'],
  draws: [30, '30'],
  mixup: [0.2, '0.2'],
  labelSmoothing: [0.1, '0.1'],
  classWeights: [[1, 2.5], '1,2.5'],
  useEma: [true, ''],
  emaMomentum: [0.9, '0.9'],
  patience: [3, '3'],
  restoreBest: [true, ''],
} as const satisfies { readonly [K in OptionName]: readonly [NonNullable<ExperimentOptions[K]>, string] };

/** What some options are of no use without. */
const WITH: { readonly [K in OptionName]?: Readonly<Record<string, string | number | boolean>> } = {
  weightDecay: { optimizer: 'adamw' },
  momentum: { optimizer: 'sgd' },
  nesterov: { optimizer: 'sgd', momentum: 0.9 },
  plateauFactor: { schedule: 'plateau' },
  plateauPatience: { schedule: 'plateau' },
  plateauMinDelta: { schedule: 'plateau' },
  plateauCooldown: { schedule: 'plateau' },
  plateauMinRate: { schedule: 'plateau' },
  emaMomentum: { useEma: true },
};

const valuesOf = (name: OptionName): readonly [value: unknown, text: string] => VALUES[name];

/** What takes none of an option's values. */
const wrongOf = ({ type }: Row): unknown => (type === 'whole' ? 0.5 : -1);

const parse = (file: object) => parseSweepFile(JSON.stringify(file), 'g.json') as unknown as Record<string, unknown>;

describe.each(OPTION_NAMES)('the option %s', (name) => {
  const [value, text] = valuesOf(name);
  const row: Row = OPTIONS[name];
  const more = WITH[name] ?? {};
  const lists = Object.fromEntries(Object.entries(more).map(([other, one]) => [other, [one]]));
  const args = [...Object.entries(more), [name, text || true]].flatMap(([other, one]) =>
    one === true ? [`--${flagName(String(other))}`] : [`--${flagName(String(other))}`, String(one)],
  );

  it('is a flag of graft train', () => {
    const beside: Readonly<Record<string, string>> = name === 'budget' ? { backbone: 'auto' } : {}; // it limits what else is not done
    const others = Object.entries(beside).flatMap(([flag, given]) => [`--${flag}`, given]);
    expect(asOptions(parseArguments(COMMANDS.train, [...args, ...others]).values)).toEqual({
      ...{ ...more, [name]: value },
      ...beside,
    });
    const flag = (COMMANDS.train.flags as Record<string, Flag<unknown>>)[flagName(name)];
    expect(flag.help).toBe(row.help);
    if (row.type === 'whole' || row.type === 'number') expect(flag.expected).toBe(ruleOf(row).expected);
  });

  it('stands in the file of a sweep, as a value or as a list to try', () => {
    const rest = { grid: { dropout: [0] } };
    const wrong = wrongOf(row);
    expect(() => parse({ ...rest, [name]: wrong })).toThrow(`g.json: ${name}: expected `);
    if (!TRIED.includes(name)) {
      expect(parse({ ...rest, [name]: value })).toEqual({ ...rest, [name]: value });
      if (name !== 'train') expect(() => parse({ grid: { [name]: [value] } })).toThrow('grid: expected options ');
      return;
    }
    if (name === 'seed')
      expect(parse({ seed: 7, grid: { l2: [0] } })).toEqual({ seed: 7, grid: { seed: [7], l2: [0] } });
    else expect(parse({ ...more, [name]: value })).toEqual({ grid: { ...lists, [name]: [value] } });
    if (name !== 'seed') expect(parse({ ...more, [name]: [value] })).toEqual({ grid: { ...lists, [name]: [value] } });
    expect(parse({ grid: { ...lists, [name]: [value] } })).toEqual({ grid: { ...lists, [name]: [value] } });
    expect(() => parse({ grid: { [name]: [wrong] } })).toThrow(`g.json: grid.${name}: expected `);
    if (name !== 'seed') expect(() => parse({ [name]: value, grid: { [name]: [value] } })).toThrow('got "both"');
  });

  it('is a flag of graft sweep, which makes the sweep that a file makes', async () => {
    const sweepBy = async (...others: string[]) =>
      sweepOf(parseArguments(COMMANDS.sweep, [...args, ...others]).values, { operands: [] });
    if (name === 'dropout') {
      expect(await sweepBy()).toEqual(parse({ dropout: [0.1] }));
      return;
    }
    expect(await sweepBy('--dropout', '0,0.5')).toEqual(parse({ ...more, [name]: value, grid: { dropout: [0, 0.5] } }));
  });

  it('is held by trainClassifier to the same', async () => {
    if (row.type === 'data') return; // pictures too
    await expect(trainClassifier({ data: 'shapes10', [name]: wrongOf(row), progress: false })).rejects.toThrow(
      new RegExp(`^${name}: expected `),
    );
  });

  it('is held by compareBackbones to the same, where it has a meaning', async () => {
    if (row.group === 'data') return; // the pictures are handed in
    const { train, test } = shapes10();
    const given = { [name]: wrongOf(row) };
    const inCandidate = row.group === 'backbone' || name === 'precision';
    const candidate = { backbone: 'vgg19-mini', ...(inCandidate && given) } as CandidateOptions;
    const images = sample({ train, test }, { train: 10, test: 10, validation: 0 });
    await expect(
      compareBackbones(images, [candidate], { progress: false, ...(!inCandidate && given) }),
    ).rejects.toThrow(new RegExp(`^${name}: expected `));
  });
});

describe('graft sweep without a file', () => {
  const sweepBy = (args: string[], operands: string[] = []) =>
    sweepOf(parseArguments(COMMANDS.sweep, args).values, { operands });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sweep-flags-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('tries every value of its flags, as the lists of a file', async () => {
    expect(await sweepBy(['--dropout', '0,0.5', '--seed', '1,2', '--data', 'shapes10'])).toEqual(
      parse({ data: 'shapes10', grid: { dropout: [0, 0.5], seed: [1, 2] } }),
    );
    const { grid } = await sweepBy(['--hidden', '8,4/16/none', '--restore-best', 'true,false', '--seed', '7']);
    expect(grid).toEqual({ hidden: [[8, 4], [16], []], restoreBest: [true, false], seed: [7] });
    const weights = await sweepBy(['--class-weights', 'balanced/1,2.5', '--epochs', '2']);
    expect(weights.grid).toEqual({ classWeights: ['balanced', [1, 2.5]], epochs: [2] });
  });

  it('adds what a file does not say, and refuses what stands in both', async () => {
    const file = path.join(folder, 'g.json');
    writeFileSync(file, JSON.stringify({ data: 'cifar10', seed: 3, grid: { dropout: [0, 0.5] } }));
    expect(await sweepBy(['--epochs', '2,4', '--data', 'shapes10'], [file])).toEqual(
      parse({ data: 'shapes10', seed: 3, grid: { dropout: [0, 0.5], seed: [3], epochs: [2, 4] } }),
    );
    await expect(sweepBy(['--dropout', '0.2'], [file])).rejects.toThrow(
      `--dropout: expected it there or in ${file}; got it in both.`,
    );
    await expect(sweepBy(['--seed', '1,2'], [file])).rejects.toThrow('--seed: expected it there or in');
  });

  it('says what it needs, and what is wrong with a value', async () => {
    await expect(sweepBy([])).rejects.toThrow('expected one file of JSON, or flags of the head or its training');
    expect(() => sweepBy(['--dropout', '0,1.5'])).toThrow(
      '--dropout: expected a number from 0 to below 1; or several with commas between them; got "0,1.5".',
    );
    await expect(sweepBy(['--dropout', '0.5,0.5'])).rejects.toThrow('expected each value once');
    await expect(sweepBy(['--head', 'regression', '--dropout', '0.5'])).rejects.toThrow(
      'head: expected no option of the softmax head with regression; got dropout 0.5.',
    );
  });
});

it('options that code takes beside the table are those that no file can say', () => {
  type Others = Exclude<keyof ExperimentOptions, OptionName>;
  expectTypeOf<Others>().toEqualTypeOf<'runs' | 'checkpoint' | 'onEpoch' | 'progress' | 'signal'>();
  type Taken = keyof CandidateOptions | keyof CompareBackbonesOptions;
  type Meant = { [K in OptionName]: (typeof OPTIONS)[K]['group'] extends 'data' ? never : K }[Exclude<
    OptionName,
    'budget'
  >];
  expectTypeOf<Exclude<Meant, Taken>>().toEqualTypeOf<never>();
  expect([...SHARED, ...TRIED].sort()).toEqual([...OPTION_NAMES].sort());
  expect(Object.keys(VALUES)).toEqual(OPTION_NAMES);
});
