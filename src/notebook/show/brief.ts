import { inspect } from 'node:util';
import { formatNumber } from '../../text/numbers.ts';
import { isModel, isTensor, isTypedArray, type NumberArray } from './kinds.ts';
import { foreignLine } from './foreign.ts';
import { isNoun, nounText } from './noun-text.ts';

const ENDS = 3; // numbers shown at each end of an array
const MOST_CHARACTERS = 60;

/** Says in a few words what a value is, for a cell of a table or the inside of an object. */
export function briefly(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatNumber(value);
  if (value instanceof Date) return Number.isNaN(Number(value)) ? 'Invalid Date' : value.toISOString();
  return oneLiner(value) ?? clip(inspect(value, { depth: 1, breakLength: Infinity, maxArrayLength: 2 * ENDS }));
}

/** Describes in a line what would fill many with its internals; undefined for all else. */
export function oneLiner(value: unknown): string | undefined {
  if (isTensor(value)) return `Tensor ${value.dtype} [${value.shape.join(', ')}]`;
  if (isModel(value))
    return `model "${value.name}", ${value.layers.length} ${value.layers.length === 1 ? 'layer' : 'layers'}`;
  if (isTypedArray(value)) return `${value.constructor.name}(${value.length.toLocaleString('en-US')}) ${ends(value)}`;
  if (isNoun(value)) return nounText(value);
  return typeof value === 'object' && value !== null ? foreignLine(value) : undefined;
}

/** Describes a typed array in one line: how it begins and ends, and its range. */
export function arrayLine(values: NumberArray): string {
  const line = oneLiner(values)!;
  if (values.length <= 2 * ENDS || typeof values[0] === 'bigint') return line;
  let [least, most, sum] = [Infinity, -Infinity, 0];
  for (const value of values as Iterable<number>) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  return `${line}, ${formatNumber(least)} to ${formatNumber(most)}, mean ${formatNumber(sum / values.length)}`;
}

function ends(values: NumberArray): string {
  const texts = (from: number, to: number): string[] =>
    Array.from(values.subarray(from, to) as Iterable<number | bigint>, (value) =>
      typeof value === 'bigint' ? String(value) : formatNumber(value),
    );
  if (values.length <= 2 * ENDS) return `[${texts(0, values.length).join(', ')}]`;
  return `[${[...texts(0, ENDS), '…', ...texts(values.length - ENDS, values.length)].join(', ')}]`;
}

const clip = (text: string): string =>
  text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
