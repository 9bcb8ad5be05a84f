import path from 'node:path';
import { isWhole } from '../places/aside.ts';
import { bytesOfRows, type Ends, type Piece } from './piece.ts';
import { type RowSet } from './row-set.ts';
import { writeWhole } from './row-writer.ts';
import { versionsIn } from './versions.ts';

/**
 * Writes a piece with damaged rows again, from its set's whole rows.
 * @param ends the parts around its rows: their keys and sums
 * @returns the same file bit for bit; undefined unless all its rows are there unchanged, which rows computed again on
 *   another kind of CPU are not
 */
export function rebuildPiece(set: RowSet, name: string, ends: Ends): string | undefined {
  const positions = set.index.find(ends.keys);
  const parts: { piece: Piece; rows: number[] }[] = [];
  for (const [i, position] of positions.entries()) {
    if (position < 0) return undefined;
    const p = set.starts.findLastIndex((start) => start <= position);
    const [piece, row] = [set.pieces[p], position - set.starts[p]];
    if (piece.dtype !== ends.dtype || piece.sums[row] !== ends.sums[i]) return undefined;
    if (parts.at(-1)?.piece === piece) parts.at(-1)!.rows.push(row);
    else parts.push({ piece, rows: [row] });
  }
  const { file } = writeWhole(set.folder, { ...ends, made: versionsIn(name) }, () => bytesOfRows(parts));
  return path.basename(file) === path.basename(name) && isWhole(file, ends.rowShape) ? file : undefined;
}
