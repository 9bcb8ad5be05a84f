// @ts-check
/**
 * Options that were renamed, by the names that they had: as flags and in files of sweeps they are read for one version
 * more, with a remark. Features, classifiers and plans that were saved keep the names that they were saved with.
 * @type {Readonly<Record<string, string>>}
 */
export const OLD_NAMES = { kernel: 'interpolation', fit: 'resize' };

/**
 * Gives an option's present name, and what to say where it was named by an old one.
 * @param {string} name as it was given
 * @param {(name: string) => boolean} known whether there is an option of a name
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
