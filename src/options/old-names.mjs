// @ts-check
/**
 * Options that were renamed, by their old names. As flags and in files of sweeps these are read for one more version,
 * with a remark. Saved features, classifiers and plans keep the names that they were saved with.
 * @type {Readonly<Record<string, string>>}
 */
export const OLD_NAMES = { kernel: 'interpolation', fit: 'resize' };

/**
 * Gives an option's present name, and a remark if it was named by an old one.
 * @param {string} name the name as given
 * @param {(name: string) => boolean} known tells whether there is an option of a name
 * @param {(name: string) => string} [shown] how a name is written here: `--${name}`
 * @returns {{ name: string, remark?: string }}
 */
export function presentName(name, known, shown = (one) => `"${one}"`) {
  const now = Object.hasOwn(OLD_NAMES, name) ? OLD_NAMES[name] : undefined;
  if (!now || known(name) || !known(now)) return { name };
  return {
    name: now,
    remark: `${shown(name)} is now called ${shown(now)}. The old name will go with the next version.`,
  };
}
