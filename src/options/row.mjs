// @ts-check

/**
 * The numbers that an option takes.
 * @typedef {object} Range
 * @property {boolean} [whole] Whether it is a whole number.
 * @property {boolean} [list] Whether it is a list of such numbers.
 * @property {number} [from] The least it may be.
 * @property {number} [above] The bound that it lies above.
 * @property {number} [to] The most it may be.
 * @property {number} [below] The bound that it lies below.
 * @property {string} [noun] What it is called; by default `number` or `whole number`.
 */

/**
 * An option of an experiment: flags, files of sweeps, checks and help all follow from this.
 * @typedef {object} Row
 * @property {'data' | 'backbone' | 'features' | 'head' | 'training'} group The group it belongs to.
 * @property {'whole' | 'number' | 'wholes' | 'choice' | 'switch' | 'text' | 'folder' | 'weights' | 'data' | 'backbone'} type
 *   `wholes` is a list of whole numbers, `weights` one of the choices or a list of numbers, `data` and `backbone` a name
 * or where files lie.
 * @property {number} [from]
 * @property {number} [above]
 * @property {number} [to]
 * @property {number} [below]
 * @property {readonly string[]} [choices]
 * @property {number | string | boolean | readonly never[]} [default] The value used if it is not given, if that is
 * always the same.
 * @property {string} [otherwise] The default in words, if it depends on the rest.
 * @property {string} help What it is for, in a line.
 * @property {string} [value] The word behind a flag that takes a text: `COLUMN`.
 * @property {string} [example] An example of a list.
 */
/** @typedef {Readonly<Record<string, Row>>} Rows */

/**
 * Gives the numbers that a row takes; undefined if it takes none.
 * @param {Row} row
 * @returns {Range | undefined}
 */
export function rangeOf({ type, from, above, to, below }) {
  if (type !== 'whole' && type !== 'number' && type !== 'wholes') return undefined;
  const ends = Object.fromEntries(Object.entries({ from, above, to, below }).filter(([, end]) => end !== undefined));
  return { ...(type !== 'number' && { whole: true }), ...(type === 'wholes' && { list: true }), ...ends };
}

/**
 * Says in words what a range takes: `a whole number from 1`, `a number above 0 to 1`.
 * @param {Range} range
 */
export const rangeText = (range) => `a ${nounOf(range)}${endsText(range)}`;

/** @param {Range} range */
export const manyText = (range) => `${nounOf(range)}s${endsText(range)}`;

/** @param {Range} range */
const nounOf = ({ noun, whole }) => noun ?? (whole ? 'whole number' : 'number');

/** @param {Range} range */
function endsText({ from, above, to, below }) {
  const low = from !== undefined ? ` from ${from}` : above !== undefined ? ` above ${above}` : '';
  const high = to !== undefined ? ` to ${to}` : below !== undefined ? ` to below ${below}` : '';
  return low + (above !== undefined && below !== undefined ? ` and below ${below}` : high);
}

/**
 * Whether a range holds a value.
 * @param {unknown} value
 * @param {Range} range
 */
export const isWithin = (value, { whole, from, above, to, below }) =>
  typeof value === 'number' &&
  (whole ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
  !(from !== undefined && value < from) &&
  !(above !== undefined && value <= above) &&
  !(to !== undefined && value > to) &&
  !(below !== undefined && value >= below);
