import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { bringFile } from '../places/bring-file.ts';
import { knownOf, makeRoom, mirrorFolder, noteFileUse, useFiles } from '../places/fetched.ts';
import { inTurns } from '../../host/in-turns.ts';
import { createKeyIndex } from './keys.ts';
import { lock } from '../files/lock.ts';
import { damagedRows, endsOfFile, openPiece } from './piece.ts';
import { openPlace, type Place, type PlacedFile } from '../places/place.ts';
import { pieceIndex, openPieces } from './place-pieces.ts';
import { putRight } from './put-right.ts';
import { makeFolder, makeFolderOf, replaceFile } from '../files/replace-file.ts';
import { openRowSet, SUSPECT, type WantedDtype } from './row-set.ts';
import { isDamaged } from '../files/sealed-json.ts';
import { VERSIONS } from './versions.ts';
import { filesBelow } from '../files/walk.ts';

/**
 * Features that are kept at a place which is not a folder: the parts that are needed are brought to a local folder with
 * the same layout, and what was computed here is put there.
 */
export interface RowMirror {
  readonly place: Place;
  /** The local folder. */
  readonly root: string;
  /** Brings the small files below a prefix that are not here. */
  bringFiles(prefix: string): Promise<void>;
  /** Puts the files below a prefix that are not there. */
  sendFiles(prefix: string): Promise<void>;
  /**
   * Brings the pieces that hold wanted rows which are not here, and says that all wanted pieces are in use.
   * @param keys [N, 16]
   * @returns a function that takes this back
   */
  bringRows(set: string, shape: readonly number[], dtype: WantedDtype, keys: Uint8Array): Promise<() => void>;
  /** Counts how many of some rows are at the place, without bringing any. @param keys [N, 16] */
  countRows(set: string, shape: readonly number[], keys: Uint8Array): Promise<number>;
  /** Puts the pieces whose rows are not all there yet. */
  sendRows(set: string, shape: readonly number[]): Promise<void>;
}

/** @param uri `s3://…` */
export async function openRowMirror(uri: string): Promise<RowMirror> {
  const place = await openPlace(uri);
  const root = mirrorFolder(place, 'rows');
  makeFolder(root);
  const local = (name: string): string => path.join(root, name);

  const there = openPieces(place, local);

  /** Brings pieces; several processes of this machine bring each piece once. */
  async function bringPieces(set: string, wanted: readonly PlacedFile[], shape: readonly number[]): Promise<void> {
    const unlock = await lock(path.join(local(set), 'bring.lock'));
    try {
      const missing = wanted.filter(({ name }) => !existsSync(local(name)));
      makeRoom(missing.reduce((sum, { size }) => sum + size, 0));
      await inTurns(missing, (file) => bringPiece(file, shape), 4);
    } finally {
      unlock();
    }
  }

  async function bringPiece(file: PlacedFile, shape: readonly number[]): Promise<void> {
    await bringFile(place, file, local(file.name));
    if (!damagedRows(openPiece(local(file.name), shape)).length) return;
    // it is damaged there too: its rows are computed again
    there.damaged.set(file.name, file);
    replaceFile(`${local(file.name)}${SUSPECT}`, '');
  }

  async function bringFiles(prefix: string): Promise<void> {
    const missing = (await place.list(prefix)).filter(({ name }) => !existsSync(local(name)));
    await inTurns(missing, async (file) => {
      await bringFile(place, file, local(file.name));
      if (!isDamaged(local(file.name))) return;
      there.damaged.set(file.name, file);
      rmSync(local(file.name));
    });
  }

  return {
    place,
    root,
    bringFiles,
    async sendFiles(prefix) {
      const names = new Set((await place.list(prefix)).map(({ name }) => name));
      const here = filesBelow(local(prefix)).map((name) => prefix + name);
      const missing = here.filter((name) => !names.has(name) || there.damaged.has(name));
      await inTurns(missing, there.put);
    },
    async bringRows(set, shape, dtype, keys) {
      dropSuspects(local(set));
      const here = openRowSet(local(set), shape, dtype);
      const positions = here.index.find(keys);
      const needed = here.pieces
        .filter(({ n }, p) => positions.some((position) => position >= here.starts[p] && position < here.starts[p] + n))
        .map(({ file }) => file);
      const wanted = wantedKeys(keys, positions);
      const brought: PlacedFile[] = [];
      if (wanted.some) {
        const all = (await there.list(set, shape)).filter(({ ends }) => dtype === 'auto' || ends.dtype === dtype);
        all.sort((a, b) => (a.ends.dtype === b.ends.dtype ? b.ends.n - a.ends.n : a.ends.dtype === 'float16' ? -1 : 1));
        for (const { file, ends } of all)
          if (wanted.take(ends.keys) && !existsSync(local(file.name))) brought.push(file);
      }
      const files = [...needed, ...brought.map(({ name }) => local(name))];
      const release = useFiles(files);
      try {
        if (brought.length) {
          await bringFiles(`${set}/${VERSIONS}`);
          await bringPieces(set, brought, shape);
        }
        files.forEach(noteFileUse);
        return release;
      } catch (error) {
        release();
        throw error;
      }
    },
    async countRows(set, shape, keys) {
      return pieceIndex(await there.list(set, shape))
        .find(keys)
        .reduce((sum, row) => sum + (row < 0 ? 0 : 1), 0);
    },
    async sendRows(set, shape) {
      const pieces = await there.list(set, shape);
      const index = pieceIndex(pieces);
      const names = new Set(pieces.map(({ file }) => file.name));
      for (const { file, keys } of openRowSet(local(set), shape, 'auto').pieces) {
        const name = `${set}/${path.basename(file)}`;
        if (names.has(name)) continue;
        // the rows of merged pieces are in other pieces there
        if (index.find(keys).some((row) => row < 0)) await there.send(set, file);
        if (existsSync(knownOf(file))) continue;
        makeFolderOf(knownOf(file));
        replaceFile(knownOf(file), endsOfFile(file, shape));
      }
      await putRight(there, openRowSet(local(set), shape, 'auto')).catch(() => {
        // whoever may not write there, or cannot now, leaves it to the next one; everything needed is here
      });
      const manifest = `${set}/manifest.json`;
      if (existsSync(local(manifest))) await place.putIfAbsent(manifest, { file: local(manifest) });
    },
  };
}

/** Removes pieces in which a reader found damage, if they can be brought again. */
function dropSuspects(folder: string): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const piece = path.join(folder, name.slice(0, -SUSPECT.length));
    if (!name.endsWith(SUSPECT) || !existsSync(knownOf(piece))) continue;
    rmSync(piece, { force: true });
    rmSync(`${piece}${SUSPECT}`, { force: true });
  }
}

/** Keys that have still to be found. */
interface Wanted {
  readonly some: boolean;
  /** Tells whether wanted keys are among these; those then count as found. */
  take(keys: Uint8Array): boolean;
}

/** @param positions the keys' positions, -1 for those to be found */
function wantedKeys(keys: Uint8Array, positions: Int32Array): Wanted {
  const index = createKeyIndex(positions.length);
  index.add(keys);
  const open = positions.map((position) => (position < 0 ? 1 : 0));
  return {
    some: open.includes(1),
    take(others) {
      let any = false;
      for (const position of index.find(others)) {
        if (position < 0 || !open[position]) continue;
        open[position] = 0;
        any = true;
      }
      return any;
    },
  };
}
