// @ts-check
/** A mistake of the caller: reported with the command's usage instead of a stack, exit code 2. */
export class UsageError extends Error {}

/**
 * Writes a value in an error message: numbers as they were typed, other text in quotes.
 * @param {string | undefined} given
 */
export const quoted = (given) =>
  given === undefined ? 'nothing' : /^[+-]?[\d.]+(e[+-]?\d+)?$/i.test(given) ? given : JSON.stringify(given);
