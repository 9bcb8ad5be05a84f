// @ts-check
import { OPTION_NAMES, OPTIONS } from '../../options/options.mjs';
import { namedBackbone, optionFlags } from './option-flags.mjs';

/**
 * Options that say how many pictures are trained and tested on, and which, or how long backbones are compared: they mean
 * nothing to a backbone that is named.
 */
const OF_EXPERIMENTS = /** @type {const} */ (['train', 'validation', 'test', 'imageSeed', 'budget']);

/** @typedef {import('../../options/options.mjs').OptionName} OptionName */
/**
 * @typedef {{ [K in OptionName]: (typeof OPTIONS)[K]['group'] extends 'data' | 'backbone' | 'features' ? K : never }[OptionName]} Shared
 * @typedef {Exclude<Shared, (typeof OF_EXPERIMENTS)[number]>} OfBackbone
 */

/** @param {OptionName} name */
const isOfBackbone = (name) =>
  ['data', 'backbone', 'features'].includes(OPTIONS[name].group) &&
  !(/** @type {readonly string[]} */ (OF_EXPERIMENTS).includes(name));

/** The flags that decide which features a picture has, and where they are kept. */
export const backboneFlags = {
  ...optionFlags(/** @type {(OfBackbone | 'seed')[]} */ ([...OPTION_NAMES.filter(isOfBackbone), 'seed'])),
  backbone: namedBackbone(),
};

/**
 * Says why flags of the backbone do not go together.
 * @param {{ readonly fast?: boolean, readonly 'input-size'?: number }} values
 */
export const checkBackboneFlags = ({ fast, 'input-size': size }) =>
  fast && size !== undefined ? '--fast, --input-size: expected one of them; got both.' : undefined;

/** For a user who names a folder of pictures without a flag. */
export const DATA_HINT = 'Images are named with --data.';
