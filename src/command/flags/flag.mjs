// @ts-check
// Plain JavaScript, like all that is loaded before a command runs: so `graft --help` needs neither tsx nor TensorFlow.
import { statSync } from 'node:fs';

/**
 * A flag of a command: what it takes, in words for people and as a check.
 * @template T
 * @typedef {object} Flag
 * @property {string} value What follows it in the help: `N`, `FOLDER`; empty for a switch.
 * @property {string} help
 * @property {string} expected What it takes, in words: `a whole number from 1`.
 * @property {string} [otherwise] What counts if it is not given, for the help.
 * @property {readonly string[]} [choices]
 * @property {string} [alone] The value that it means if it stands without one.
 * @property {(text: string) => T | undefined} read Gives undefined for a wrong value.
 */

/**
 * Values by flag, as its declaration types them.
 * @template {Record<string, Flag<unknown>>} F
 * @typedef {{ readonly [K in keyof F]?: F[K] extends Flag<infer T> ? T : never }} ValuesOf
 */

/**
 * Declares a flag that takes no value.
 * @param {string} help
 * @returns {Flag<true>}
 */
export const onOff = (help) => ({ value: '', help, expected: 'no value', read: () => true });

/**
 * Declares a flag that takes any text that is not empty.
 * @param {string} value
 * @param {string} help
 * @param {{ otherwise?: string }} [options]
 * @returns {Flag<string>}
 */
export const text = (value, help, { otherwise } = {}) => ({
  value,
  help,
  expected: `a ${value.toLowerCase()}'s name`,
  otherwise,
  read: (given) => given || undefined,
});

/**
 * Declares a flag that takes one of some words.
 * @template {string} T
 * @param {readonly T[]} choices
 * @param {string} help
 * @param {{ otherwise?: string }} [options]
 * @returns {Flag<T>}
 */
export const choice = (choices, help, { otherwise } = {}) => ({
  value: choices.join('|'),
  help,
  expected: `one of ${choices.join(', ')}`,
  otherwise,
  choices,
  read: (given) => choices.find((one) => one === given),
});

/**
 * Declares a flag that takes one of some words, a file to read, or a name from elsewhere.
 * @template {string} T
 * @template {string} E
 * @template {string} B
 * @param {readonly T[]} choices
 * @param {{ ending: E, beginning: B }} others how the file's name ends, and how the other name begins
 * @param {string} help
 * @param {{ otherwise?: string }} [options]
 * @returns {Flag<T | `${string}${E}` | `${B}${string}`>}
 */
export const choiceOrFile = (choices, { ending, beginning }, help, { otherwise } = {}) => ({
  value: `${choices.join('|')}|FILE${ending}|${beginning}NAME`,
  help,
  expected: `one of ${choices.join(', ')}, a file ${ending} that is there, or ${beginning}org/name`,
  otherwise,
  choices,
  read: (given) =>
    choices.find((one) => one === given) ??
    (given.startsWith(beginning) ? /** @type {`${B}${string}`} */ (given) : undefined) ??
    (given.endsWith(ending) && kindOf(given) === 'file' ? /** @type {`${string}${E}`} */ (given) : undefined),
});

/**
 * Declares a flag that takes a number.
 * @param {string} help
 * @param {{ from?: number, above?: number, below?: number, to?: number, otherwise?: string }} [options] the range
 * @returns {Flag<number>}
 */
export function number(help, { from = -Infinity, above = -Infinity, below = Infinity, to = Infinity, otherwise } = {}) {
  const range = [
    ...(from > -Infinity ? [`from ${from}`] : []),
    ...(above > -Infinity ? [`above ${above}`] : []),
    ...(below < Infinity ? [`${from > -Infinity || above > -Infinity ? 'to ' : ''}below ${below}`] : []),
    ...(to < Infinity ? [`to ${to}`] : []),
  ];
  return {
    value: 'N',
    help,
    expected: ['a number', ...range].join(' '),
    otherwise,
    read(given) {
      const value = decimal(given);
      return value !== undefined && value >= from && value > above && value < below && value <= to ? value : undefined;
    },
  };
}

/**
 * Declares a flag that takes a number for each of three channels, of levels that were divided by 255.
 * @param {string} help
 * @param {{ from?: number, above?: number }} range each is at most 1
 * @returns {Flag<readonly number[]>}
 */
export function shares(help, { from = -Infinity, above = -Infinity }) {
  const range = from > -Infinity ? `from ${from}` : `above ${above}`;
  return {
    value: 'N,N,N',
    help: `${help}, of levels divided by 255`,
    expected: `three numbers ${range} to 1 with commas between`,
    read(given) {
      const values = given.split(',').map((part) => decimal(part.trim()) ?? NaN);
      return values.length === 3 && values.every((value) => value >= from && value > above && value <= 1)
        ? values
        : undefined;
    },
  };
}

/**
 * Declares a flag that takes a whole number.
 * @param {string} help
 * @param {{ from?: number, otherwise?: string }} [options]
 * @returns {Flag<number>}
 */
export const whole = (help, { from = 1, otherwise } = {}) => ({
  value: 'N',
  help,
  expected: `a whole number from ${from}`,
  otherwise,
  read(given) {
    const value = decimal(given);
    return value !== undefined && Number.isSafeInteger(value) && value >= from ? value : undefined;
  },
});

/**
 * Declares a flag that takes a folder, which may not exist yet.
 * @param {string} help
 * @param {{ otherwise?: string }} [options]
 * @returns {Flag<string>}
 */
export const folder = (help, { otherwise } = {}) => ({
  value: 'FOLDER',
  help,
  expected: 'a folder',
  otherwise,
  read: (given) => (given && kindOf(given) !== 'file' ? given : undefined),
});

/**
 * Says what is wrong with the file of a page, given as --out; undefined if nothing is.
 * @param {string} [out]
 */
export const pageFault = (out = '.html') =>
  /\.html?$/i.test(out) ? undefined : `--out: expected a file that ends in .html; got "${out}"`;

/**
 * Declares a flag that takes a folder, which may not exist yet, or a ZIP that is there.
 * @param {string} help
 * @param {{ otherwise?: string }} [options]
 * @returns {Flag<string>}
 */
export const folderOrZip = (help, { otherwise } = {}) => ({
  value: 'FOLDER|FILE.zip',
  help,
  expected: 'a folder, or a file .zip that is there',
  otherwise,
  read: (given) => {
    const found = kindOf(given);
    return given && (/\.zip$/i.test(given) ? found : found !== 'file') ? given : undefined;
  },
});

/**
 * Declares a flag that takes a file to write.
 * @param {string} value
 * @param {string} help
 * @returns {Flag<string>}
 */
export const newFile = (value, help) => ({
  value,
  help,
  expected: 'a file to write',
  read: (given) => (given && kindOf(given) !== 'folder' ? given : undefined),
});

/**
 * Declares a flag that takes a file to write, or a place: a folder or `s3://bucket/prefix`.
 * @param {string} value
 * @param {string} help
 * @returns {Flag<string>}
 */
export const newFileOrPlace = (value, help) => ({
  value,
  help,
  expected: 'a file to write, or a place: a folder or s3://bucket/prefix',
  read: (given) => given || undefined,
});

/**
 * Declares the flag of a plan: without a value it makes one.
 * @param {string} help
 * @returns {Flag<string>}
 */
export const planId = (help) => ({
  value: '[ID]',
  help,
  expected: 'nothing or "new", or the ID of a plan, 24 digits 0-9a-f',
  alone: 'new',
  read: (given) => (/^(new|[0-9a-f]{24})$/.test(given) ? given : undefined),
});

/**
 * Declares the flag of a part.
 * @param {string} help
 * @returns {Flag<{ shard: number, of: number }>}
 */
export const shard = (help) => ({
  value: 'I/N',
  help,
  expected: 'I/N, like 1/8 to 8/8',
  read(given) {
    const [, i, n] = /^(\d{1,6})\/(\d{1,6})$/.exec(given) ?? [];
    return i && Number(i) >= 1 && Number(i) <= Number(n) ? { shard: Number(i), of: Number(n) } : undefined;
  },
});

/** @param {string} given */
export const namesFolder = (given) => kindOf(given) === 'folder';

/**
 * Declares a flag that takes a file to read.
 * @param {string} help
 * @returns {Flag<string>}
 */
export const existingFile = (help) => ({
  value: 'FILE',
  help,
  expected: 'a file that is there',
  read: (given) => (kindOf(given) === 'file' ? given : undefined),
});

/**
 * Declares a flag that takes one of some words, a folder or file that is there, or an address (s3://…).
 * @param {readonly string[]} choices
 * @param {string} help
 * @param {{ otherwise?: string }} [options]
 * @returns {Flag<string>}
 */
export const choiceOrPath = (choices, help, { otherwise } = {}) => ({
  value: `${choices.join('|')}|FOLDER|FILE`,
  help,
  expected: `one of ${choices.join(', ')}, or a folder or file that is there`,
  otherwise,
  choices,
  read: (given) => (choices.includes(given) || kindOf(given) || /^(s3|file):\/\//.test(given) ? given : undefined),
});

/** @param {string} given */
export function decimal(given) {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given) ? Number(given) : undefined;
}

/** @param {string} path */
function kindOf(path) {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}
