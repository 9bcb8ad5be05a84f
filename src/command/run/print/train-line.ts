import { defaultData, isDataName } from '../../../data/load.ts';
import { uniqueRuns } from '../../../experiments/run-facts.ts';
import type { Setting } from '../../../experiments/setting.ts';
import type { SweepSource } from '../../../experiments/sweep-data.ts';
import type { SweepResult } from '../../../experiments/sweep.ts';
import { byValidation } from '../../../experiments/validation.ts';
import { isAboutSoftmax } from '../../../options/head-kinds.mjs';
import { DEFAULTS, flagName, OPTION_NAMES, type OptionName } from '../../../options/options.mjs';

/**
 * Gives the `graft train` line that makes again the best run of a sweep by its validation images; undefined if no
 * validation images choose one.
 * @param source what the sweep worked on, with what was decided: data, network, engine, precision
 */
export function bestTrainLine({ runs: all }: Pick<SweepResult, 'runs'>, source: SweepSource): string | undefined {
  const runs = uniqueRuns(all);
  const [best] = byValidation(runs.map((run) => [run])) ?? [];
  return best === undefined ? undefined : trainLine(source, runs[best].setting);
}

/** Gives the `graft train` line that trains a head with a setting on what a sweep works on. */
export function trainLine(source: SweepSource, setting: Setting): string {
  const { seed: drawn = DEFAULTS.seed, imageSeed = drawn } = source;
  const { seed = DEFAULTS.seed } = setting;
  const options: Readonly<Record<string, unknown>> = {
    ...source,
    ...setting,
    // a sweep trains softmax if it does not say; `graft train` takes the better head for photos
    head: setting.head ?? (isDataName(source.data ?? defaultData()) || isAboutSoftmax(setting) ? undefined : 'softmax'),
    seed,
    imageSeed: imageSeed === seed ? undefined : imageSeed,
  };
  return lineWithFlags('graft train', options);
}

/**
 * Gives a command's line with the flags of options, in the table's order.
 * @param names which of the options the command takes @default all
 */
export function lineWithFlags(
  command: string,
  options: Readonly<Record<string, unknown>>,
  names: readonly OptionName[] = OPTION_NAMES,
): string {
  const flags = names.flatMap((name) => {
    const value = options[name];
    if (value === undefined || value === false) return [];
    return value === true ? [`--${flagName(name)}`] : [`--${flagName(name)}`, shellQuoted(textOf(value))];
  });
  return [command, ...flags].join(' ');
}

const textOf = (value: unknown): string =>
  Array.isArray(value) ? (value.length ? value.join(',') : 'none') : String(value);

/** Quotes text as a shell takes it. */
export const shellQuoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
