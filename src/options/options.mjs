// @ts-check
// Plain JavaScript, since `graft --help` reads it before any TypeScript is loaded.
import { BACKBONE, FEATURES } from './backbone.mjs';
import { DATA } from './data.mjs';
import { HEAD, TRAINING } from './training.mjs';

/**
 * Every option of an experiment, one row per option. `graft train`, the files of sweeps, `trainClassifier` and
 * `compareBackbones` take them under these names, as flags in lower case with dashes. test/options/everywhere.test.ts
 * takes the rows through all of them.
 */
export const OPTIONS = /** @type {const} */ ({ ...DATA, ...BACKBONE, ...FEATURES, ...HEAD, ...TRAINING });

/** @typedef {keyof typeof OPTIONS} OptionName */

/** @type {readonly OptionName[]} */
export const OPTION_NAMES = /** @type {OptionName[]} */ (Object.keys(OPTIONS));

/** The values used if nothing is given, for the options that have one fixed default. */
export const DEFAULTS =
  /** @type {{ readonly [K in OptionName as 'default' extends keyof (typeof OPTIONS)[K] ? K : never]: Widened<(typeof OPTIONS)[K]> }} */ (
    Object.fromEntries(
      OPTION_NAMES.flatMap((name) => ('default' in OPTIONS[name] ? [[name, OPTIONS[name].default]] : [])),
    )
  );

/**
 * @template R
 * @typedef {R extends { default: infer D } ? D extends number ? number : D extends readonly never[] ? readonly number[] : R extends { choices: readonly (infer C)[] } ? C : D : never} Widened
 */

/** The options that decide a run of a sweep, beside the features: several values may be tried for each. */
export const TRIED = OPTION_NAMES.filter((name) => ['head', 'training'].includes(OPTIONS[name].group));

/**
 * The options of how a head is trained, which `fit` takes.
 * @type {readonly (keyof typeof TRAINING)[]}
 */
export const OF_TRAINING = /** @type {(keyof typeof TRAINING)[]} */ (Object.keys(TRAINING));

/** The options that decide the pictures and their features. */
export const SHARED = OPTION_NAMES.filter((name) => !TRIED.includes(name));

/**
 * Gives the flag of an option: `inputSize` is `--input-size`.
 * @param {string} name
 */
export const flagName = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * Gives the option of a flag.
 * @param {string} flag
 */
export const optionName = (flag) => flag.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
