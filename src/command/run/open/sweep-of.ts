import { parseSweepFile, readSweep, type SweepFile } from '../../../experiments/sweep-file.ts';
import { flagName, SHARED, TRIED } from '../../../options/options.mjs';
import { fileExists, readText } from '../../../storage/files/read-file.ts';
import { isFolderOrGone } from '../../../storage/files/walk.ts';
import type { Context, ValuesOf } from '../../line/command.mjs';
import { asOptions } from '../../flags/option-flags.mjs';
import type { flags } from '../../sweep.mjs';
import { UsageError } from '../../line/usage-error.mjs';

/** Reads the sweep of the file that was named, and of the flags beside it or alone. */
export async function sweepOf(values: ValuesOf<typeof flags>, context: Pick<Context, 'operands'>): Promise<SweepFile> {
  const given = sweepOfFlags(values);
  if (!context.operands.length && given.grid) return readSweep(given, 'graft sweep');
  const { grid, ...source } = await sweepFile(context);
  const [name] = context.operands;
  const twice = Object.keys({ ...given, ...given.grid }).find(
    (option) =>
      option !== 'grid' && !PLACES.includes(option) && (Object.hasOwn(source, option) || Object.hasOwn(grid, option)),
  );
  if (twice !== undefined)
    throw new UsageError(`--${flagName(twice)}: expected it there or in ${name}; got it in both.`);
  return readSweep({ ...source, ...given, grid: { ...grid, ...given.grid } }, name);
}

/** These say where things lie on this machine, whatever a file says. */
const PLACES: readonly string[] = ['data', 'root', 'backbone', 'cache'];

/** Writes flags as a file of a sweep has them: one seed seeds the choice of images as well. */
function sweepOfFlags(
  values: ValuesOf<typeof flags>,
): Readonly<Record<string, unknown>> & { readonly grid?: Readonly<Record<string, unknown>> } {
  const options = asOptions(values) as Readonly<Record<string, unknown>>;
  const pick = (names: readonly string[]): [string, unknown][] =>
    Object.entries(options).filter(([name, value]) => names.includes(name) && value !== undefined);
  const tried = pick(TRIED);
  const seeds = options.seed as readonly number[] | undefined;
  return {
    ...Object.fromEntries(pick(SHARED)),
    ...(seeds?.length === 1 && { seed: seeds[0] }),
    ...(tried.length && { grid: Object.fromEntries(tried) }),
  };
}

/** Reads the sweep of the file that was named. */
export async function sweepFile({ operands }: Pick<Context, 'operands'>): Promise<SweepFile> {
  if (operands.length !== 1)
    throw new UsageError(
      `expected one file of JSON, or flags of the head or its training, like --dropout 0,0.5; got ${operands.length ? operands.join(', ') : 'none'}.`,
    );
  const [name] = operands;
  if (isFolderOrGone(name))
    throw new Error(`${name}: expected a file of JSON; ${fileExists(name) ? 'it is a folder' : 'it is not there'}.`);
  return parseSweepFile(await readText(name), name);
}
