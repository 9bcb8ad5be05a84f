import { existsSync, rmSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { shortPath } from '../../project.ts';
import { isYoung, setAside } from './aside.ts';
import type { ByteRange, Place, PlaceSource } from './place.ts';
import { fittingNames, placeName } from './place-name.ts';
import { putNew, removeLeftovers } from '../files/put.ts';
import { fileBlocks, openRanges } from '../files/read-file.ts';
import { makeFolderOf } from '../files/replace-file.ts';
import { byCodePoints, type FileState, stateOfStats, walkFolder } from '../files/walk.ts';

/** Opens a folder as a place; it is made when the first file is put. */
export function pathPlace(given: string): Place {
  const root = path.resolve(given);
  const fileOf = (name: string): string => path.join(root, placeName(name));
  const tidied = new Set<string>();
  /** Removes files that killed processes of this machine left half-written, once per folder. */
  const tidy = (folder: string): void => {
    if (!tidied.has(folder)) removeLeftovers(folder);
    tidied.add(folder);
  };
  return {
    uri: root,
    async read(name, range) {
      const file = fileOf(name);
      try {
        return await readRange(file, range);
      } catch (cause) {
        throw new Error(`${shortPath(file)} cannot be read: ${(cause as Error).message}.`, { cause });
      }
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- a shared folder is written block by block
    async putIfAbsent(name, source) {
      const file = fileOf(name);
      makeFolderOf(file);
      tidy(path.dirname(file));
      return putNew(path.dirname(file), path.basename(file), () => partsOf(source));
    },
    // eslint-disable-next-line @typescript-eslint/require-await
    async head(name) {
      const found = statSync(fileOf(name), { throwIfNoEntry: false });
      return found?.isFile() ? { size: found.size } : undefined;
    },
    // eslint-disable-next-line @typescript-eslint/require-await
    async list(prefix, onOdd) {
      const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      if (folder) placeName(folder.slice(0, -1));
      const below = path.join(root, folder);
      if (!existsSync(below)) return [];
      const { files, unreadable } = walkFolder(below);
      const found = files.map(({ path: name, ...state }) => ({
        name: folder + name,
        size: state.size,
        version: versionOf(state),
      }));
      const { fit, odd } = fittingNames(found.filter(({ name }) => name.startsWith(prefix)));
      if (odd.length + unreadable.length) onOdd?.([...odd, ...unreadable]);
      return [...fit].sort((a, b) => byCodePoints(a.name, b.name));
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- a shared folder is written block by block
    async setAside({ name, version }, whole) {
      const file = fileOf(name);
      const now = statSync(file, { throwIfNoEntry: false });
      if (!now || versionOf(stateOfStats(now)) !== version || isYoung(file)) return false;
      setAside(file, whole && partsOf(whole));
      return true;
    },
    // eslint-disable-next-line @typescript-eslint/require-await
    async remove(name) {
      rmSync(fileOf(name), { force: true });
    },
  };
}

const versionOf = ({ changed, touched, inode }: FileState): string => `${changed} ${touched} ${inode}`;

const partsOf = (source: PlaceSource): Iterable<Uint8Array> =>
  source instanceof Uint8Array ? [source] : fileBlocks(source.file);

async function readRange(file: string, range?: ByteRange): Promise<Uint8Array> {
  const { size } = await stat(file);
  const start = range?.start ?? 0;
  const ranges = await openRanges(file);
  return ranges.read(start, Math.max(0, Math.min(range?.end ?? size, size) - start)).finally(() => ranges.close());
}
