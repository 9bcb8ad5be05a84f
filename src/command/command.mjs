// @ts-check
import { onOff } from './flags/flag.mjs';

/**
 * @template T
 * @typedef {import('./flags/flag.mjs').Flag<T>} Flag
 */
/**
 * @template {Record<string, Flag<unknown>>} F
 * @typedef {import('./flags/flag.mjs').ValuesOf<F>} ValuesOf
 */

/**
 * What a command prints: text for people, or an object with --json; or a line for each of many things, an array with
 * --json, as they come.
 * @typedef {{ text: string, json: unknown, failed?: string, refused?: boolean }} Printed
 * @typedef {{ rows: AsyncIterable<{ text: string, json: unknown }>, failed: () => string | undefined }} Streamed
 * @typedef {Printed | Streamed} Result `failed` says what did not work out at the end: the exit code is
 *   1, or 3 if it was `refused`, which another try does not change.
 */

/**
 * What a command gets beside its flags.
 * @typedef {{ operands: readonly string[], signal: AbortSignal }} Context
 */

/**
 * Does what a command is for.
 * @template {Record<string, Flag<unknown>>} F
 * @typedef {(values: ValuesOf<F>, context: Context) => Promise<Result>} Run
 */

/**
 * What a command takes beside flags.
 * @typedef {object} Operands
 * @property {string} value What they are called in the help: `PICTURE`.
 * @property {string} expected In words: `one picture or more`.
 * @property {number} least
 * @property {readonly string[]} [choices]
 * @property {string} [orBeginsWith] What else may stand there, beside the choices.
 */

/**
 * A command: what it takes, and where what it does is found.
 * @template {Record<string, Flag<unknown>>} F
 * @typedef {object} Command
 * @property {string} usage
 * @property {string} about
 * @property {F} flags
 * @property {Operands} [operands] Without them it takes flags only.
 * @property {keyof F & string} [operandFor] The flag that a single operand gives the value of, where there are none else.
 * @property {string} [hint] For who names something without a flag.
 * @property {(values: ValuesOf<F>) => string | undefined} [check] Says why flags do not go together.
 * @property {readonly string[]} [notes] What else is to be known: of JSON and exit codes.
 * @property {readonly string[]} examples
 * @property {boolean} [readsWeights] Of a network, so that HDF5 is needed.
 * @property {() => Promise<{ run: Run<F> }>} load Loads TypeScript: tsx has to be there.
 */

/**
 * Declares a command, so that what runs it is held to its flags; `--json` is every command's.
 * @template {Record<string, Flag<unknown>>} F
 * @param {Command<F>} declaration
 * @returns {Command<any>}
 */
export const command = (declaration) => ({
  ...declaration,
  flags: { ...declaration.flags, json: onOff('prints JSON') },
});
