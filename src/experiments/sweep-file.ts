import { POOLINGS } from '../models/file-backbone.ts';
import { RESIZES } from '../pixels/resizes.mjs';
import { INTERPOLATIONS } from '../pixels/interpolation.ts';
import { PRECISIONS } from '../runtime/precision.ts';
import { ENGINE_NAMES } from '../runtime/engines/engines.mjs';
import { DTYPES } from '../storage/rows/npy.ts';
import { SCHEDULES } from '../training/steps/schedule.ts';
import { presentName } from '../options/old-names.mjs';
import { combinations, type Grid } from './sweep.ts';
import type { SweepSource } from './sweep-data.ts';

/** A sweep as a file of JSON describes it: what it works on, and the grid. */
export interface SweepFile extends SweepSource {
  /** Values of each option; every combination is a run, and the last option changes fastest. */
  readonly grid: Grid;
}

/** What a value has to be, in words and as a check. */
type Rule = readonly [expected: string, holds: (value: unknown) => boolean];

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const wholeFrom = (least: number): Rule => [
  `a whole number from ${least}`,
  (value) => Number.isSafeInteger(value) && (value as number) >= least,
];
const oneOf = (...choices: readonly string[]): Rule => [
  `one of ${choices.join(', ')}`,
  (value) => choices.includes(value as string),
];
const TEXT: Rule = ['a text', (value) => typeof value === 'string' && value !== ''];
const RATE: Rule = ['a number from 0 to below 1', (value) => isNumber(value) && value >= 0 && value < 1];
const ABOVE_0: Rule = ['a number above 0', (value) => isNumber(value) && value > 0];

/** Of the whole sweep. */
const SOURCE: Readonly<Record<keyof SweepSource, Rule>> = {
  data: TEXT,
  path: TEXT,
  label: TEXT,
  root: TEXT,
  classFolders: ['true or false', (value) => typeof value === 'boolean'],
  resize: oneOf(...RESIZES),
  testShare: ['a number above 0, below 1', (value) => isNumber(value) && value > 0 && value < 1],
  train: wholeFrom(1),
  validation: wholeFrom(0),
  test: wholeFrom(1),
  seed: wholeFrom(0),
  backbone: TEXT,
  cut: TEXT,
  pooling: oneOf(...POOLINGS),
  inputSize: wholeFrom(1),
  interpolation: oneOf(...INTERPOLATIONS),
  preprocess: TEXT,
  engine: oneOf('auto', ...ENGINE_NAMES),
  precision: oneOf('auto', ...PRECISIONS),
  dtype: oneOf('auto', ...DTYPES),
};

/** Of one run. */
const OF_RUN: Readonly<Record<keyof Grid, Rule>> = {
  dropout: RATE,
  hidden: [
    'a list of whole numbers from 1, like [256]',
    (value) => Array.isArray(value) && value.every((units) => wholeFrom(1)[1](units)),
  ],
  hiddenDropout: RATE,
  l2: ['a number from 0', (value) => isNumber(value) && value >= 0],
  seed: wholeFrom(0),
  epochs: wholeFrom(1),
  batchSize: wholeFrom(1),
  learningRate: ABOVE_0,
  optimizer: oneOf('adam', 'sgd'),
  schedule: oneOf(...SCHEDULES),
  draws: wholeFrom(1),
  mixup: ['a number from 0 to 1', (value) => isNumber(value) && value >= 0 && value <= 1],
  train: wholeFrom(1),
};

/**
 * Reads a sweep that was written down as JSON.
 * @param name of the file, in errors
 * @param remark takes what is to be said of a file that is read all the same @default it goes to standard error
 * @throws Error naming the option, what was expected and what came
 */
export function parseSweepFile(
  text: string,
  name: string,
  remark: (text: string) => void = (said) => void process.stderr.write(`${said}\n`),
): SweepFile {
  const wrong = (where: string, expected: string, got: unknown): Error =>
    new Error(`${name}: ${where && `${where}: `}expected ${expected}; got ${short(got)}.`);
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new Error(
      `${name}: expected JSON, like {"data": "cifar10", "grid": {"dropout": [0, 0.5]}}; ${(cause as Error).message}.`,
      { cause },
    );
  }
  if (!isObject(file)) throw wrong('', 'an object, like {"data": "cifar10", "grid": {"dropout": [0, 0.5]}}', file);
  const { grid, ...given } = file;
  const source = Object.fromEntries(
    Object.entries(given).map(([option, value]) => {
      const { name: now, remark: said } = presentName(option, (one) => Object.hasOwn(SOURCE, one));
      if (said && Object.hasOwn(given, now)) throw wrong(option, `"${now}" alone, as it is called now`, 'both');
      if (said) remark(`${name}: ${said}`);
      return [now, value];
    }),
  );
  for (const [option, value] of Object.entries(source)) {
    const rule = ruleOf(SOURCE, option);
    if (!rule) throw wrong('', `options ${[...Object.keys(SOURCE), 'grid'].join(', ')}`, option);
    if (!rule[1](value)) throw wrong(option, rule[0], value);
  }
  if (!isObject(grid)) throw wrong('grid', 'an object of lists, like {"dropout": [0, 0.5], "seed": [1, 2, 3]}', grid);
  for (const [option, values] of Object.entries(grid)) {
    const rule = ruleOf(OF_RUN, option);
    if (!rule) throw wrong('grid', `options ${Object.keys(OF_RUN).join(', ')}`, option);
    if (!Array.isArray(values) || !values.length)
      throw wrong(`grid.${option}`, `a list, of each value ${rule[0]}`, values);
    const bad: unknown = values.find((value) => !rule[1](value));
    if (bad !== undefined) throw wrong(`grid.${option}`, `${rule[0]} in its list`, bad);
    const twice = values.find((value, i) => values.findIndex((other) => same(other, value)) < i) as unknown;
    if (twice !== undefined) throw wrong(`grid.${option}`, 'each value once', twice);
  }
  combinations(grid);
  return { ...source, grid: grid };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const ruleOf = (rules: Readonly<Record<string, Rule>>, option: string): Rule | undefined =>
  Object.hasOwn(rules, option) ? rules[option] : undefined;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A value as JSON, cut where it is long. */
function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'none';
  return text.length > 80 ? `${text.slice(0, 80)} …` : text;
}
