// @ts-check
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { presentName } from '../../options/old-names.mjs';
import { nearest } from '../../text/nearest.mjs';
import { quoted, UsageError } from '../line/usage-error.mjs';

/** @typedef {import('./flag.mjs').Flag<unknown>} AnyFlag */

/**
 * Reads a command line: each flag is checked against its declaration before anything is done.
 * @template {Record<string, AnyFlag>} F
 * @param {Pick<import('../line/command.mjs').Command<F>, 'flags' | 'operands' | 'operandFor' | 'hint' | 'check'>} command
 * @param {readonly string[]} args what follows the command's name
 * @returns {{ values: import('./flag.mjs').ValuesOf<F>, operands: string[] }}
 * @throws {UsageError} naming the flag, what was expected and what came
 */
export function parseArguments(command, args) {
  /** @type {Record<string, AnyFlag>} */
  const flags = command.flags;
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value }]) => [
      name,
      { type: value ? /** @type {const} */ ('string') : /** @type {const} */ ('boolean') },
    ]),
  );
  // strict would refuse with Node's own message
  const { tokens } = parseArgs({
    args: alone(flags, renamed(flags, command.operands ? args.map((arg) => asFile(flags, arg)) : args)),
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  /** @type {Record<string, unknown>} */
  const values = {};
  /** @type {string[]} */
  const operands = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind === 'option') values[token.name] = valueOf(flags, token);
  }
  const { operandFor } = command;
  if (operandFor && operands.length === 1 && values[operandFor] === undefined) {
    const [value = ''] = operands.splice(0);
    values[operandFor] = valueOf(flags, { name: operandFor, rawName: `--${operandFor}`, value });
  }
  checkOperands(command, operands);
  const read = /** @type {import('./flag.mjs').ValuesOf<F>} */ (values);
  const wrong = command.check?.(read);
  if (wrong) throw new UsageError(wrong);
  return { values: read, operands };
}

/**
 * Replaces old names of flags by present ones, and remarks on each.
 * @param {Record<string, AnyFlag>} flags
 * @param {readonly string[]} args
 */
function renamed(flags, args) {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  return args.map((arg, i) => {
    const [, given, rest = ''] = (i < end && /^--([\w-]+)(=.*)?$/s.exec(arg)) || [];
    if (!given) return arg;
    const { name, remark } = presentName(
      given,
      (one) => Object.hasOwn(flags, one),
      (one) => `--${one}`,
    );
    if (remark) process.stderr.write(`${remark}\n`);
    return `--${name}${rest}`;
  });
}

/**
 * Gives flags that may stand without a value the value that this means.
 * @param {Record<string, AnyFlag>} flags
 * @param {readonly string[]} args
 */
function alone(flags, args) {
  return args.map((arg, i) => {
    const meant = arg.startsWith('--') && Object.hasOwn(flags, arg.slice(2)) && flags[arg.slice(2)].alone;
    return meant && (args[i + 1] ?? '--').startsWith('--') ? `${arg}=${meant}` : arg;
  });
}

/**
 * Reads a file whose name begins with a dash, which `*.jpg` may stand for, as a file and not as a flag.
 * @param {Record<string, AnyFlag>} flags
 * @param {string} arg
 */
const asFile = (flags, arg) =>
  /^-./.test(arg) && arg !== '--' && !Object.hasOwn(flags, arg.slice(2).split('=', 1)[0]) && existsSync(arg)
    ? `./${arg}`
    : arg;

/**
 * @param {Record<string, AnyFlag>} flags
 * @param {{ name: string, rawName: string, value?: string, inlineValue?: boolean }} token
 */
function valueOf(flags, { name, rawName, value, inlineValue }) {
  if (!Object.hasOwn(flags, name) || !rawName.startsWith('--')) {
    const meant = nearest(name, Object.keys(flags));
    throw new UsageError(
      `unknown flag ${rawName}: ${meant ? `did you mean --${meant}?` : `expected one of ${listed(flags)}.`}`,
    );
  }
  const flag = flags[name];
  if (!flag.value && value === undefined) return true;
  // in `--save --json` the folder is missing; a folder of that name is written `--save=--json`
  if (!inlineValue && /^--./.test(value ?? ''))
    throw new UsageError(`--${name}: expected ${flag.expected}; got the flag ${value}.`);
  const found = value === undefined || !flag.value ? undefined : flag.read(value);
  if (found === undefined) throw new UsageError(`--${name}: expected ${flag.expected}; got ${quoted(value)}.`);
  return found;
}

/** @param {Record<string, AnyFlag>} flags */
function listed(flags) {
  const names = Object.keys(flags).map((name) => `--${name}`);
  return names.join(', ');
}

/**
 * @param {Pick<import('../line/command.mjs').Command<any>, 'operands' | 'hint'>} command
 * @param {readonly string[]} given
 */
function checkOperands({ operands, hint }, given) {
  const list = given.map((one) => JSON.stringify(one)).join(', ');
  if (!operands) {
    if (given.length) throw new UsageError(`expected flags only; got ${list}.${hint ? ` ${hint}` : ''}`);
    return;
  }
  const { choices, expected, least, orBeginsWith } = operands;
  if (given.length < least) throw new UsageError(`expected ${expected}; got none.`);
  const other = (/** @type {string} */ one) => orBeginsWith !== undefined && one.startsWith(orBeginsWith);
  const wrong = choices && given.find((one) => !choices.includes(one) && !other(one));
  if (wrong === undefined) return;
  const meant = nearest(wrong, choices ?? []);
  throw new UsageError(`expected ${expected}; got ${JSON.stringify(wrong)}.${meant ? ` Did you mean ${meant}?` : ''}`);
}
