// @ts-check
import { TRIED } from './options.mjs';

/** The options of a softmax head, which is trained in epochs: a regression has neither layers nor epochs. */
export const OF_SOFTMAX = TRIED.filter((name) => name !== 'head' && name !== 'seed');

/** These say how long and on what a head is trained, if they are nothing: nothing is dropped, no layer is added. */
export const isNothing = (/** @type {unknown} */ value) =>
  value === undefined || value === 0 || value === false || (Array.isArray(value) && !value.length);

/**
 * Says what options contradict the kind of head that is asked for; undefined if none does.
 * @param {object} given the options by name
 * @param {(name: string) => string} [shown] how a name is written here: `--${name}`
 * @returns {string | undefined}
 */
export function headContradiction(given, shown = (name) => name) {
  const options = /** @type {Readonly<Record<string, unknown>>} */ (given);
  const said = (/** @type {string[]} */ names) =>
    names.map((name) => `${shown(name)} ${textOf(options[name])}`).join(', ');
  const set = (/** @type {readonly string[]} */ names) => names.filter((name) => !isNothing(options[name]));
  const { head } = options;
  if (head === 'regression') {
    const wrong = set([...OF_SOFTMAX, 'checkpoint']);
    if (!wrong.length) return undefined;
    return (
      `${shown('head')}: expected no option of the softmax head with regression; got ${said(wrong)}. ` +
      'A regression goes to its optimum at once: leave them out, or take softmax or auto.'
    );
  }
  if (head !== 'auto' || !set(['hidden']).length) return undefined;
  return (
    `${shown('head')}: expected no hidden layers with auto, since a regression has none; got ${said(['hidden'])}. ` +
    'Leave them out, or take softmax.'
  );
}

/**
 * Whether options say something about the softmax head, even what is the default.
 * @param {object} given
 */
export const isAboutSoftmax = (given) =>
  [...OF_SOFTMAX, 'checkpoint'].some(
    (name) => /** @type {Readonly<Record<string, unknown>>} */ (given)[name] !== undefined,
  );

/** @param {unknown} value */
const textOf = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
