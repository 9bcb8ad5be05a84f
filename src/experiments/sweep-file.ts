import { presentName } from '../options/old-names.mjs';
import { OPTIONS, type OptionName, SHARED } from '../options/options.mjs';
import { ruleOf } from '../options/rule.mjs';
import { type Setting, SETTING_OPTIONS, sameValue } from './setting.ts';
import { combinations, type Grid } from './sweep.ts';
import type { SweepSource } from './sweep-data.ts';

/** A sweep as a file of JSON describes it: what it works on, and the grid. */
export interface SweepFile extends SweepSource {
  /** Values of each option; every combination is a run, and the last option changes fastest. */
  readonly grid: Grid;
}

const EXAMPLE = '{"data": "cifar10", "grid": {"dropout": [0, 0.5]}}';

/**
 * Reads a sweep that was written down as JSON. It may hold every option of the table of options: those of pictures,
 * network and features once; those of head and training as a value for all runs, or as a list of values to try, in
 * `grid` or beside it. `seed` beside the grid seeds the choice of images, and the training if the grid has no seeds.
 * @param name the file's name, for errors
 * @param remark takes remarks on a file that is read all the same @default it writes to standard error
 * @throws Error naming the option, what was expected and what came
 */
export function parseSweepFile(
  text: string,
  name: string,
  remark: (text: string) => void = (said) => void process.stderr.write(`${said}\n`),
): SweepFile {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${name}: expected JSON, like ${EXAMPLE}; ${(cause as Error).message}.`, { cause });
  }
  return readSweep(file, name, remark);
}

/**
 * Reads a sweep as a file or flags describe it.
 * @param name where it stands, for errors
 * @throws Error naming the option, what was expected and what came
 */
export function readSweep(
  file: unknown,
  name: string,
  remark: (text: string) => void = (said) => void process.stderr.write(`${said}\n`),
): SweepFile {
  const wrong: Wrong = (where, expected, got) =>
    new Error(`${name}: ${where && `${where}: `}expected ${expected}; got ${short(got)}.`);
  if (!isObject(file)) throw wrong('', `an object, like ${EXAMPLE}`, file);
  const { grid: inGrid, ...given } = file;
  const beside = Object.entries(given).map(([option, value]): [string, unknown] => {
    const { name: now, remark: said } = presentName(option, (one) => Object.hasOwn(OPTIONS, one));
    if (said && Object.hasOwn(given, now)) throw wrong(option, `"${now}" alone, as it is called now`, 'both');
    if (said) remark(`${name}: ${said}`);
    if (!Object.hasOwn(OPTIONS, now))
      throw wrong('', `options ${[...Object.keys(OPTIONS), 'grid'].join(', ')}`, option);
    return [now, value];
  });
  const source = new Map<string, unknown>();
  const fixed = new Map<string, readonly unknown[]>();
  for (const [option, value] of beside) {
    const { expected, holds } = ruleOf(OPTIONS[option as OptionName]);
    const forAll = option === 'seed' || (SHARED as readonly string[]).includes(option);
    if (!forAll && !holds(value) && Array.isArray(value)) {
      fixed.set(option, value);
      continue;
    }
    if (!holds(value)) throw wrong(option, expected, value);
    if (forAll) source.set(option, value);
    else fixed.set(option, [value]);
  }
  const alone = fixed.size > 0 && inGrid === undefined;
  if (!isObject(inGrid) && !alone)
    throw wrong('grid', 'an object of lists, like {"dropout": [0, 0.5], "seed": [1, 2, 3]}', inGrid);
  const tried: Record<string, unknown> = isObject(inGrid) ? inGrid : {};
  const twice = Object.keys(tried).find((option) => fixed.has(option));
  if (twice !== undefined) throw wrong(twice, 'it in the grid or beside it', 'both');
  const seeds = source.has('seed') && tried.seed === undefined ? { seed: [source.get('seed')] } : {};
  const grid = { ...Object.fromEntries(fixed), ...seeds, ...tried };
  checkGrid(grid, wrong);
  combinations(grid);
  return { ...Object.fromEntries(source), grid };
}

type Wrong = (where: string, expected: string, got: unknown) => Error;

/** @throws Error naming the option, what was expected and what came */
function checkGrid(grid: Readonly<Record<string, unknown>>, wrong: Wrong): asserts grid is Grid {
  for (const [option, values] of Object.entries(grid)) {
    if (!SETTING_OPTIONS.includes(option as keyof Setting))
      throw wrong('grid', `options ${SETTING_OPTIONS.join(', ')}`, option);
    const { expected, holds } = ruleOf(OPTIONS[option as OptionName]);
    if (!Array.isArray(values) || !values.length)
      throw wrong(`grid.${option}`, `a list, of each value ${expected}`, values);
    const bad: unknown = values.find((value) => !holds(value));
    if (bad !== undefined) throw wrong(`grid.${option}`, `${expected} in its list`, bad);
    const again: unknown = values.find((value, i) => values.findIndex((other) => sameValue(other, value)) < i);
    if (again !== undefined) throw wrong(`grid.${option}`, 'each value once', again);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Writes a value as JSON, and cuts it if it is long. */
function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'none';
  return text.length > 80 ? `${text.slice(0, 80)} …` : text;
}
