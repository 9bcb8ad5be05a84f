import { checkNames, checkOptions } from '../host/option-ranges.ts';
import { ownOf } from '../host/own.ts';
import { contradictionOf } from '../options/contradictions.mjs';
import { OPTIONS } from '../options/options.mjs';
import { rangeOf, type Row } from '../options/row.mjs';
import { ruleOf } from '../options/rule.mjs';

/**
 * Checks options of an experiment against the table of options: numbers against their ranges, words against their
 * choices, switches against true and false, and the head against the options that it does not have.
 * @param where the function that they are passed to
 * @throws RangeError naming the option, what was expected and what came
 */
export function checkExperiment(where: string, options: object): void {
  checkNames(where, options);
  checkOptions(where, options as Readonly<Record<string, unknown>>);
  for (const [name, value] of Object.entries(options)) {
    const row = ownOf<Row>(OPTIONS, name);
    // code may pass what no file can say: pictures, numbers to preprocess with, an optimizer
    if (!row || value === undefined || name === 'validation' || (typeof value === 'object' && !Array.isArray(value)))
      continue;
    const { expected, holds } = ruleOf(row);
    if (!holds(value) && !rangeOf(row)) throw new RangeError(`${name}: expected ${expected}; got ${textOf(value)}.`);
  }
  const contradiction = contradictionOf(options);
  if (contradiction) throw new RangeError(contradiction);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : String(value));
