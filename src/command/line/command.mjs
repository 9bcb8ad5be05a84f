// @ts-check
import { onOff } from '../flags/flag.mjs';

/**
 * @template T
 * @typedef {import('../flags/flag.mjs').Flag<T>} Flag
 */
/**
 * @template {Record<string, Flag<unknown>>} F
 * @typedef {import('../flags/flag.mjs').ValuesOf<F>} ValuesOf
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
 * What a command gets in addition to its flags.
 * @typedef {{ operands: readonly string[], signal: AbortSignal }} Context
 */

/**
 * Does the work of a command.
 * @template {Record<string, Flag<unknown>>} F
 * @typedef {(values: ValuesOf<F>, context: Context) => Promise<Result>} Run
 */

/**
 * What a command takes in addition to flags.
 * @typedef {object} Operands
 * @property {string} value What they are called in the help: `PICTURE`.
 * @property {string} expected In words: `one picture or more`.
 * @property {number} least
 * @property {readonly string[]} [choices]
 * @property {string} [orBeginsWith] What else may stand there, besides the choices.
 */

/**
 * A command: what it takes, and where its work is found.
 * @template {Record<string, Flag<unknown>>} F
 * @typedef {object} Command
 * @property {string} usage
 * @property {string} about
 * @property {F} flags
 * @property {Operands} [operands] Without them it takes flags only.
 * @property {keyof F & string} [operandFor] The flag whose value a single operand gives, if it is the only operand.
 * @property {string} [hint] For a user who names something without a flag.
 * @property {(values: ValuesOf<F>) => string | undefined} [check] Says why flags do not go together.
 * @property {readonly string[]} [notes] What else to know: about JSON and exit codes.
 * @property {readonly string[]} examples
 * @property {boolean} [readsWeights] Whether it reads a network's weights, so that HDF5 is needed.
 * @property {() => Promise<{ run: Run<F> }>} load Loads TypeScript: tsx has to be there.
 */

/**
 * Declares a command, so that the code that runs it must match its flags; `--json` is added to every command.
 * @template {Record<string, Flag<unknown>>} F
 * @param {Command<F>} declaration
 * @returns {Command<any>}
 */
export const command = (declaration) => ({
  ...declaration,
  flags: { ...declaration.flags, json: onOff('prints JSON') },
});
