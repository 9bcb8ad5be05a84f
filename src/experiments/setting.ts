import type { HeadOptions } from '../models/head.ts';
import { DEFAULTS, type OF_TRAINING, OPTION_NAMES, OPTIONS, TRIED } from '../options/options.mjs';
import type { FitOptions } from '../training/fit-options.ts';

/** What a head can be trained with; each may be swept over. */
export interface Setting
  extends
    Omit<HeadOptions, 'classes'>,
    Pick<FitOptions, 'head' | Exclude<(typeof OF_TRAINING)[number], 'seed' | 'optimizer'>> {
  readonly optimizer?: (typeof OPTIONS.optimizer.choices)[number];
  /** How many training images, taken from the start. @default all */
  readonly train?: number;
}

/** The options of a setting: those of head and training, by the table of options, and how many images it trains on. */
export const SETTING_OPTIONS = [...TRIED, 'train'] as readonly (keyof Setting)[];

/** Writes a setting in words: dropout 0.5, seed 1. */
export const settingText = (setting: Setting): string =>
  Object.entries(setting)
    .map(([name, value]) => `${name} ${JSON.stringify(value).replaceAll('"', '')}`)
    .join(', ');

/** Gives the value that an option has if it is left out. */
const defaultOf = (name: keyof Setting): unknown =>
  name === 'head'
    ? 'softmax'
    : OPTION_NAMES.includes(name) && OPTIONS[name].type === 'switch'
      ? false
      : (DEFAULTS as Partial<Setting>)[name];

/** Whether two values of an option are the same. */
export const sameValue = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Gives an option's value; its default if it is left out; undefined if that depends on the data. */
export const valueIn = <K extends keyof Setting>(setting: Setting, name: K): Setting[K] =>
  setting[name] ?? (defaultOf(name) as Setting[K]);

/** Keeps the options that make a difference, sorted: two settings that train the same head give the same result. */
export function plainly(setting: Setting): Setting {
  const names = (Object.keys(setting) as (keyof Setting)[]).sort();
  const says = (name: keyof Setting): boolean =>
    !sameValue(valueIn(setting, name), defaultOf(name)) &&
    !(name === 'hiddenDropout' && !setting.hidden?.length) &&
    !(name === 'seed' && setting.head === 'regression'); // its way to the optimum has nothing random
  return Object.fromEntries(names.filter(says).map((name) => [name, setting[name]]));
}
