import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { hashOf } from './hash.ts';
import { putIfAbsent } from './put.ts';
import { makeFolder } from './replace-file.ts';
import { readSealed, sealed } from './sealed-json.ts';

/** A calibration that is kept, and when it was made. */
export interface Kept<T> {
  readonly name: string;
  readonly calibration: T;
  readonly made: string;
}

/** Calibrations of backbones and what they were checked on: small files under `calibration/`, none of them changed. */
export interface Calibrations<T> {
  /** The oldest first; damaged ones count as not there. */
  list(): Kept<T>[];
  /** Keeps one. @returns its name */
  keep(calibration: T): string;
  /** How well a calibration agrees on some pictures, where that was measured. */
  agreement(name: string, pictures: string): number | undefined;
  noteAgreement(name: string, pictures: string, agreement: number): void;
}

/**
 * Opens what is kept of a backbone in float32. On a read-only disk nothing new is kept.
 * @param root the folder of features
 * @param key names the backbone and how it is calibrated
 */
export function openCalibrations<T extends object>(root: string, key: string): Calibrations<T> {
  const folder = path.join(root, folderOf(key));
  const read = <C extends object>(name: string): C | undefined => {
    try {
      return readSealed<C>(path.join(folder, name));
    } catch {
      return undefined;
    }
  };
  const put = (name: string, content: object): void => {
    try {
      makeFolder(folder);
      putIfAbsent(folder, name, () => [Buffer.from(sealed(content))]);
    } catch {
      // measured again the next time
    }
  };
  const checkName = (name: string, pictures: string): string => `${name}.${pictures.slice(0, 24)}.check.json`;
  return {
    list() {
      const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^[0-9a-f]{24}\.json$/.test(name)) : [];
      return names
        .flatMap((file) => {
          const found = read<{ calibration: T; made: string }>(file);
          return found ? [{ name: path.basename(file, '.json'), ...found }] : [];
        })
        .sort((a, b) => (a.made < b.made ? -1 : a.made > b.made ? 1 : a.name < b.name ? -1 : 1));
    },
    keep(calibration) {
      const { name, content } = calibrationFile(key, calibration);
      put(path.basename(name), content);
      return path.basename(name, '.json');
    },
    agreement: (name, pictures) => read<{ agreement: number }>(checkName(name, pictures))?.agreement,
    noteAgreement: (name, pictures, agreement) => put(checkName(name, pictures), { agreement }),
  };
}

const folderOf = (key: string): string => `calibration/${key.slice(0, 24)}`;

/** A calibration as a file below where features are kept, for {@link openCalibrations} to find. */
export const calibrationFile = (
  key: string,
  calibration: object,
): { readonly name: string; readonly content: { readonly calibration: object; readonly made: string } } => ({
  name: `${folderOf(key)}/${hashOf(calibration).slice(0, 24)}.json`,
  content: { calibration, made: new Date().toISOString() },
});
