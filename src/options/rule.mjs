// @ts-check
import { isWithin, manyText, rangeOf, rangeText } from './row.mjs';

/**
 * Says what a row's value has to be, in words and as a check, for values as JSON and code write them.
 * @param {import('./row.mjs').Row} row
 * @returns {{ expected: string, holds: (value: unknown) => boolean }}
 */
export function ruleOf(row) {
  const { type, choices = [], example } = row;
  const range = rangeOf(row);
  const isChoice = (/** @type {unknown} */ value) => choices.includes(/** @type {string} */ (value));
  switch (type) {
    case 'whole':
    case 'number':
      return { expected: rangeText(range ?? {}), holds: (value) => isWithin(value, range ?? {}) };
    case 'wholes':
      return {
        expected: `a list of ${manyText(range ?? {})}, like ${example}`,
        holds: (value) => Array.isArray(value) && value.every((one) => isWithin(one, range ?? {})),
      };
    case 'weights':
      return {
        expected: `one of ${choices.join(', ')}, or a list of numbers from 0`,
        holds: (value) =>
          isChoice(value) ||
          (Array.isArray(value) && value.length > 1 && value.every((one) => isWithin(one, { from: 0 }))),
      };
    case 'choice':
      return { expected: `one of ${choices.join(', ')}`, holds: isChoice };
    case 'switch':
      return { expected: 'true or false', holds: (value) => typeof value === 'boolean' };
    default:
      return { expected: 'a text', holds: (value) => typeof value === 'string' && value !== '' };
  }
}
