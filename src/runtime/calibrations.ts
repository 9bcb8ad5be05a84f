import path from 'node:path';
import { ownData } from '../home.mjs';
import { hashOf } from '../storage/files/hash.ts';
import { putIfAbsent } from '../storage/files/put.ts';
import { makeFolder } from '../storage/files/replace-file.ts';
import { isDamaged, listFolder, readSealed, sealed, writeSealed } from '../storage/files/sealed-json.ts';

/** A kept calibration, with the time when it was made. */
export interface Kept<T> {
  readonly name: string;
  readonly calibration: T;
  readonly made: string;
  /** Names the pictures that it was made from; undefined if an earlier version made it. */
  readonly of?: string;
}

/** Calibrations of backbones and the checks on them: small files under `calibration/`, none of them ever changed. */
export interface Calibrations<T> {
  /**
   * Lists calibrations: those made from these very pictures first, then those that were made here, the oldest first, and
   * last those that come with Graft, for its own weights. So neither calibrations of other work nor its clock matter if
   * the work's own is there. Damaged ones count as missing.
   * @param of names the pictures
   */
  list(of?: string): Kept<T>[];
  /** Keeps one. @param of names the pictures that it was made from @returns its name */
  keep(calibration: T, of: string): string;
  /** Gives the agreement of a calibration on some pictures, if it was measured. */
  agreement(name: string, pictures: string): number | undefined;
  noteAgreement(name: string, pictures: string, agreement: number): void;
}

/**
 * Opens the calibrations kept for a backbone in float32. On a read-only disk nothing new is kept.
 * @param root the folder of features
 * @param key names the backbone and how it is calibrated
 */
export function openCalibrations<T extends object>(root: string, key: string): Calibrations<T> {
  const folder = path.join(root, folderOf(key));
  const read = <C extends object>(name: string, from = folder): C | undefined => {
    try {
      return readSealed<C>(path.join(from, name));
    } catch {
      return undefined;
    }
  };
  const keptIn = (from: string): Kept<T>[] =>
    listFolder(from)
      .filter((name) => /^[0-9a-f]{24}\.json$/.test(name))
      .flatMap((file) => {
        const found = read<{ calibration: T; made: string; of?: string }>(file, from);
        return found ? [{ name: path.basename(file, '.json'), ...found }] : [];
      })
      .sort((a, b) => (a.made < b.made ? -1 : a.made > b.made ? 1 : a.name < b.name ? -1 : 1));
  const put = (name: string, content: object): void => {
    try {
      makeFolder(folder);
      if (isDamaged(path.join(folder, name))) writeSealed(path.join(folder, name), content);
      else putIfAbsent(folder, name, () => [Buffer.from(sealed(content))]);
    } catch {
      // it is measured again the next time
    }
  };
  const checkName = (name: string, pictures: string): string => `${name}.${pictures.slice(0, 24)}.check.json`;
  return {
    list: (of) =>
      [folder, path.join(ownData('weights'), folderOf(key))]
        .flatMap(keptIn)
        .sort((a, b) => Number(b.of === of) - Number(a.of === of)),
    keep(calibration, of) {
      const { name, content } = calibrationFile(key, calibration, of);
      put(path.basename(name), content);
      return path.basename(name, '.json');
    },
    agreement: (name, pictures) => read<{ agreement: number }>(checkName(name, pictures))?.agreement,
    noteAgreement: (name, pictures, agreement) => put(checkName(name, pictures), { agreement }),
  };
}

const folderOf = (key: string): string => `calibration/${key.slice(0, 24)}`;

/** Writes a calibration as a file below the folder of features, for {@link openCalibrations} to find. */
export const calibrationFile = (
  key: string,
  calibration: object,
  of?: string,
): { readonly name: string; readonly content: Omit<Kept<object>, 'name'> } => ({
  name: `${folderOf(key)}/${hashOf(calibration).slice(0, 24)}.json`,
  content: { calibration, made: new Date().toISOString(), ...(of !== undefined && { of }) },
});
