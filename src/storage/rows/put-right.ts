import path from 'node:path';
import { pieceIndex, type PlacedPieces } from './place-pieces.ts';
import { rebuildPiece } from './rebuild-piece.ts';
import type { RowSet } from './row-set.ts';

/**
 * Repairs damaged files of a set at a place, as far as this machine has what they should hold: with the same piece if
 * its rows are the same, else with other pieces, after which the damaged one is set aside. Several machines may do this
 * at once, and leave it whole.
 * @param here the set as this machine has it
 */
export async function putRight(pieces: PlacedPieces, here: RowSet): Promise<void> {
  const { place, damaged } = pieces;
  const set = path.basename(here.folder);
  for (const found of [...damaged.values()].filter(({ name }) => path.dirname(name) === set)) {
    const there = await pieces.list(set, here.rowShape);
    const ends = there.find(({ file }) => file.name === found.name)?.ends;
    const file = ends && rebuildPiece(here, found.name, ends);
    if (file) await place.setAside(found, { file });
    else {
      await sendMissing(pieces, here);
      const whole = (await pieces.list(set, here.rowShape)).filter(({ file }) => !damaged.has(file.name));
      // rows that only it holds may still be read by those who need its other rows
      const needless =
        !ends ||
        pieceIndex(whole)
          .find(ends.keys)
          .every((row) => row >= 0);
      if (damaged.has(found.name) && needless) await place.setAside(found);
    }
    damaged.delete(found.name);
  }
}

/** Puts the local pieces that have rows missing from every whole piece there. */
async function sendMissing(pieces: PlacedPieces, here: RowSet): Promise<void> {
  const set = path.basename(here.folder);
  const whole = (await pieces.list(set, here.rowShape)).filter(({ file }) => !pieces.damaged.has(file.name));
  const index = pieceIndex(whole);
  const names = new Set(whole.map(({ file }) => file.name));
  for (const { file, keys } of here.pieces)
    if (!names.has(`${set}/${path.basename(file)}`) && index.find(keys).some((row) => row < 0))
      await pieces.send(set, file);
}
