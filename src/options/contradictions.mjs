// @ts-check
import { headContradiction, isNothing } from './head-kinds.mjs';
import { DEFAULTS } from './options.mjs';

/** @typedef {Readonly<Record<string, unknown>>} Given */

/**
 * Options that have an effect with one value of another option alone; and what does the same with other values.
 * @type {Readonly<Record<string, { of: string, is: unknown, instead?: string }>>}
 */
const NEEDS = {
  weightDecay: { of: 'optimizer', is: 'adamw', instead: 'With other optimizers l2 adds a decay to the loss.' },
  momentum: { of: 'optimizer', is: 'sgd', instead: 'Adam and adamw have a momentum of their own, 0.9.' },
  plateauFactor: { of: 'schedule', is: 'plateau' },
  plateauPatience: { of: 'schedule', is: 'plateau' },
  plateauMinDelta: { of: 'schedule', is: 'plateau' },
  plateauCooldown: { of: 'schedule', is: 'plateau' },
  plateauMinRate: { of: 'schedule', is: 'plateau' },
  emaMomentum: { of: 'useEma', is: true },
};

/** These do nothing at 0, with whatever else. */
const NOTHING_AT_0 = ['weightDecay', 'momentum'];

/**
 * Lists the options that need validation images to judge by.
 * @param {object} given the options by name
 */
export function judgedOptions(given) {
  const { patience, restoreBest, schedule } = /** @type {Given} */ (given);
  return [
    ...(patience !== undefined ? ['patience'] : []),
    ...(restoreBest ? ['restoreBest'] : []),
    ...(schedule === 'plateau' ? ['schedule plateau'] : []),
  ];
}

/**
 * Says which options contradict each other or would have no effect; undefined if none does.
 * @param {object} given the options by name
 * @param {(name: string) => string} [shown] how a name is written here: `--${name}`
 * @returns {string | undefined}
 */
export const contradictionOf = (given, shown = (name) => name) =>
  headContradiction(given, shown) ??
  withoutEffect(/** @type {Given} */ (given), shown) ??
  plateauContradiction(/** @type {Given} */ (given), shown);

/**
 * @param {Given} given
 * @param {(name: string) => string} shown
 * @returns {string | undefined}
 */
function withoutEffect(given, shown) {
  for (const [name, { of, is, instead = '' }] of Object.entries(NEEDS)) {
    const [value, got] = [given[name], valueOf(given, of)];
    if (value === undefined || (value === 0 && NOTHING_AT_0.includes(name)) || got === is) continue;
    const needed = is === true ? shown(of) : `${shown(of)} ${String(is)}`;
    const has = is === true ? 'none' : typeof got === 'object' ? 'one of your own' : String(got);
    return `${shown(name)}: expected ${needed} with it; got ${has}. ${instead}`.trimEnd();
  }
  const { nesterov, momentum } = given;
  if (!nesterov || !isNothing(momentum)) return undefined;
  return (
    `${shown('nesterov')}: expected ${shown('optimizer')} sgd with a ${shown('momentum')} above 0; ` +
    `got ${shown('momentum')} ${String(momentum ?? 0)}. 0.9 is usual.`
  );
}

/**
 * A plateau lowers the rate after an epoch; that has to come before the last one, and before the training ends early.
 * @param {Given} given
 * @param {(name: string) => string} shown
 * @returns {string | undefined}
 */
function plateauContradiction(given, shown) {
  const [waits, epochs, patience, least, rate] = [
    'plateauPatience',
    'epochs',
    'patience',
    'plateauMinRate',
    'learningRate',
  ].map((name) => /** @type {number} */ (valueOf(given, name)));
  // a number that is none is named by the check of ranges
  if (given.schedule !== 'plateau' || !Number.isSafeInteger(waits)) return undefined;
  if (epochs < waits + 2)
    return (
      `${shown('epochs')}: expected ${waits + 2} or more with ${shown('schedule')} plateau and ${shown('plateauPatience')} ${waits}, ` +
      `which lowers the learning rate after ${waits + 1} epochs at the earliest; got ${epochs}.`
    );
  if (patience <= waits)
    return (
      `${shown('patience')}: expected more than ${shown('plateauPatience')}, ${waits}; got ${patience}. ` +
      'The training would end before a lower learning rate can help.'
    );
  if (least >= rate)
    return `${shown('plateauMinRate')}: expected less than ${shown('learningRate')}, ${rate}; got ${least}.`;
  return undefined;
}

/**
 * @param {Given} given
 * @param {string} name
 */
const valueOf = (given, name) => given[name] ?? /** @type {Given} */ (DEFAULTS)[name];
