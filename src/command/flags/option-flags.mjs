// @ts-check
import { DEFAULTS, flagName, optionName, OPTIONS } from '../../options/options.mjs';
import { isWithin, manyText, rangeOf, rangeText } from '../../options/row.mjs';
import { BACKBONE_NAMES } from '../../models/networks/known.mjs';
import { choice, choiceOrFile, choiceOrPath, decimal, folder, onOff, text } from './flag.mjs';

/** @typedef {import('../../options/options.mjs').OptionName} OptionName */
/**
 * @template {OptionName} N
 * @typedef {{ [K in N as import('../../options/values.ts').FlagName<K>]: import('./flag.mjs').Flag<import('../../options/values.ts').OptionValue<K>> }} OptionFlags
 */

/**
 * Makes flags from options, by the table's rows: `--input-size` for `inputSize`.
 * @template {OptionName} N
 * @param {readonly N[]} names
 * @returns {OptionFlags<N>}
 */
export const optionFlags = (names) =>
  /** @type {OptionFlags<N>} */ (Object.fromEntries(names.map((name) => [flagName(name), flagOf(name)])));

/**
 * Makes flags of options of which several values may be tried: `--dropout 0,0.5`. Where a value is a list itself, a
 * stroke stands between values: `--hidden 256,64/128`.
 * @param {readonly OptionName[]} names
 * @returns {Record<string, import('./flag.mjs').Flag<readonly unknown[]>>}
 */
export const listFlags = (names) => Object.fromEntries(names.map((name) => [flagName(name), listFlagOf(name)]));

/**
 * @param {OptionName} name
 * @returns {import('./flag.mjs').Flag<readonly unknown[]>}
 */
function listFlagOf(name) {
  const { type } = OPTIONS[name];
  const [between, word] = type === 'wholes' || type === 'weights' ? ['/', 'strokes'] : [',', 'commas'];
  const one = type === 'switch' ? choice(['true', 'false'], OPTIONS[name].help) : flagOf(name);
  return {
    ...one,
    ...(type === 'switch' && { alone: 'true' }),
    value: `${one.value}[${between}…]`,
    expected: `${one.expected}; or several with ${word} between them`,
    read(given) {
      const values = given.split(between).map((text) => one.read(text.trim()));
      if (values.includes(undefined)) return undefined;
      return type === 'switch' ? values.map((value) => value === 'true') : values;
    },
  };
}

/**
 * Makes options from flags: `inputSize` for `--input-size`.
 * @template {Readonly<Record<string, unknown>>} V
 * @param {V} values
 * @returns {{ [K in keyof V as K extends string ? import('../../options/values.ts').NameOfFlag<K> : never]: V[K] }}
 */
export const asOptions = (values) =>
  /** @type {any} */ (Object.fromEntries(Object.entries(values).map(([flag, value]) => [optionName(flag), value])));

/** Declares the flag of a backbone where one has to be named: nothing is compared. */
export const namedBackbone = () => {
  const { help, otherwise } = OPTIONS.backbone;
  return choiceOrFile(BACKBONE_NAMES, FILE, help.replace(/; or auto: .*$/, '').replace('; hf:', '; or hf:'), {
    otherwise,
  });
};

const FILE = /** @type {const} */ ({ ending: '.onnx', beginning: 'hf:' });

/**
 * @param {OptionName} name
 * @returns {import('./flag.mjs').Flag<any>}
 */
function flagOf(name) {
  /** @type {import('../../options/row.mjs').Row} */
  const row = OPTIONS[name];
  const { type, help, choices = [], value = '' } = row;
  const otherwise = row.otherwise ?? (name in DEFAULTS ? String(row.default) : undefined);
  const range = rangeOf(row);
  switch (type) {
    case 'switch':
      return onOff(help);
    case 'text':
      return text(value, help, { otherwise });
    case 'folder':
      return folder(help, { otherwise });
    case 'choice':
      return choice(choices, help, { otherwise });
    case 'data':
      return choiceOrPath(choices, help, { otherwise });
    case 'backbone':
      return choiceOrFile([...BACKBONE_NAMES, ...choices], FILE, help, { otherwise });
    case 'weights': {
      const expected = `one of ${choices.join(', ')}, or numbers with commas between them`;
      return {
        value: `${choices.join('|')}|N,N…`,
        help,
        expected,
        choices,
        otherwise,
        read: (given) => choices.find((one) => one === given) ?? numbers(given),
      };
    }
    case 'wholes':
      return {
        value: 'N[,N…]',
        help,
        expected: `${manyText(range ?? {})} with commas between them`,
        otherwise,
        read: (given) =>
          given === 'none'
            ? []
            : numbers(given)?.every((one) => isWithin(one, range ?? {}))
              ? numbers(given)
              : undefined,
      };
    default:
      return {
        value: 'N',
        help,
        expected: rangeText(range ?? {}),
        otherwise,
        read(given) {
          const number = decimal(given);
          return isWithin(number, range ?? {}) ? number : undefined;
        },
      };
  }
}

/**
 * @param {string} given `1,2.5`
 * @returns {number[] | undefined}
 */
function numbers(given) {
  const values = given.split(',').map((one) => decimal(one.trim()));
  return values.every((value) => value !== undefined && Number.isFinite(value))
    ? /** @type {number[]} */ (values)
    : undefined;
}
