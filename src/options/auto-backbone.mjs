// @ts-check

/** What each network has of its own: a cut of one is none of another. */
const OF_ONE_NETWORK = ['cut', 'pooling', 'inputSize', 'layout', 'cutLayout', 'preprocess'];

/**
 * Says what options contradict a choice among backbones, or mean nothing without one; undefined if none does.
 * @param {object} given the options by name
 * @param {(name: string) => string} [shown] how a name is written here: `--${name}`
 * @returns {string | undefined}
 */
export function autoContradiction(given, shown = (name) => name) {
  const options = /** @type {Readonly<Record<string, unknown>>} */ (given);
  if (options.backbone !== 'auto')
    return options.budget === undefined
      ? undefined
      : `${shown('budget')}: expected ${shown('backbone')} auto with it, whose comparison it limits; got ${options.backbone === undefined ? 'none' : `"${String(options.backbone)}"`}.`;
  const wrong = OF_ONE_NETWORK.filter((name) => options[name] !== undefined);
  if (!wrong.length) return undefined;
  const got = wrong.map((name) => `${shown(name)} ${String(options[name])}`).join(', ');
  return (
    `${shown(wrong[0])}: expected none with ${shown('backbone')} auto, since networks differ in it; got ${got}. ` +
    'Leave it out, or name the backbone.'
  );
}
