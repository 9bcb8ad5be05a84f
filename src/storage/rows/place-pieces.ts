import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { knownOf } from '../places/fetched.ts';
import { inTurns } from '../../host/in-turns.ts';
import { createKeyIndex } from './keys.ts';
import { NPY_HEADER_BYTES } from './npy.ts';
import { DamagedPiece, type Ends, endsFrom, openEnds, PIECE } from './piece.ts';
import type { Place, PlacedFile } from '../places/place.ts';
import { makeFolder, makeFolderOf, replaceFile } from '../files/replace-file.ts';
import { versionsIn, versionsName } from './versions.ts';

/** A piece at a place: its file, and the parts around its rows. */
export interface PlacedPiece {
  readonly file: PlacedFile;
  readonly ends: Ends;
}

/** The pieces of sets at a place. */
export interface PlacedPieces {
  readonly place: Place;
  /**
   * Files that were found damaged there, by name; whoever finds them repairs them once it has what they should hold.
   */
  readonly damaged: Map<string, PlacedFile>;
  /** Lists those of a set that are whole as far as one can tell without their rows. */
  list(set: string, shape: readonly number[]): Promise<readonly PlacedPiece[]>;
  /** Puts a file of the local folder there, over one that was found damaged. */
  put(name: string): Promise<void>;
  /** Puts a piece, and before it the files that its name refers to, so that nobody finds it without them. */
  send(set: string, piece: string): Promise<void>;
}

/** @param local gives the local path of a file of the place */
export function openPieces(place: Place, local: (name: string) => string): PlacedPieces {
  const damaged = new Map<string, PlacedFile>();

  /** Reads a piece's ends once and keeps them here beside it; undefined if it is damaged. */
  async function endsOf(file: PlacedFile, shape: readonly number[]): Promise<Ends | undefined> {
    const kept = knownOf(local(file.name));
    // the kept ends may be of another file of that name, which was damaged and has been repaired
    const known = existsSync(kept) ? endsIn(file, await readFile(kept), shape) : undefined;
    if (known) return known;
    const header = await place.read(file.name, { start: 0, end: NPY_HEADER_BYTES });
    const end = unlessDamaged(() => endsFrom(header, shape));
    const rest = end === undefined ? undefined : await place.read(file.name, { start: end, end: file.size });
    const ends = rest && endsIn(file, Buffer.concat([header, rest]), shape);
    if (!ends) {
      damaged.set(file.name, file);
      return undefined;
    }
    makeFolderOf(kept);
    replaceFile(kept, Buffer.concat([header, rest]));
    return ends;
  }

  async function put(name: string): Promise<void> {
    const source = { file: local(name) };
    const found = damaged.get(name);
    if ((await place.putIfAbsent(name, source)) || !found) return;
    if (await place.setAside(found, source)) damaged.delete(name);
  }

  return {
    place,
    damaged,
    put,
    async list(set, shape) {
      makeFolder(local(set));
      const files = (await place.list(`${set}/`)).filter(({ name }) => name.endsWith(PIECE));
      const all = await inTurns(files, async (file) => ({ file, ends: await endsOf(file, shape) }));
      return all.flatMap(({ file, ends }) => (ends ? [{ file, ends }] : []));
    },
    async send(set, piece) {
      const made = versionsIn(piece);
      const names = [...(made === undefined ? [] : [versionsName(made)]), path.basename(piece)];
      for (const name of names) if (existsSync(local(`${set}/${name}`))) await put(`${set}/${name}`);
    },
  };
}

/** Finds rows by their keys. */
export function pieceIndex(pieces: readonly PlacedPiece[]): ReturnType<typeof createKeyIndex> {
  const index = createKeyIndex(pieces.reduce((sum, { ends }) => sum + ends.n, 0));
  for (const { ends } of pieces) index.add(ends.keys);
  return index;
}

const endsIn = ({ name, size }: PlacedFile, bytes: Buffer, shape: readonly number[]): Ends | undefined =>
  unlessDamaged(() => openEnds(name, size, bytes, shape));

function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DamagedPiece) return undefined;
    throw error;
  }
}
