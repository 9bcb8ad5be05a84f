import { type PieceContent, pieceFile } from '../storage/rows/piece.ts';
import type { Place } from '../storage/places/place.ts';
import { putInstead } from '../storage/places/take-away.ts';
import { type Versions, versionsFile } from '../storage/rows/versions.ts';

/**
 * Puts a piece into a set's folder at a place. Its name is made from its content: other bytes under that name are
 * damaged, and are replaced.
 */
export async function putPiece(
  place: Place,
  set: string,
  content: PieceContent,
  rows: Uint8Array,
): Promise<{ readonly name: string; readonly bytes: number }> {
  const { name, bytes } = pieceFile(content, [rows]);
  const whole = Buffer.concat([...bytes()]);
  const at = `${set}/${name}`;
  if (!(await place.putIfAbsent(at, whole)) && !whole.equals(await place.read(at))) await putInstead(place, at, whole);
  return { name, bytes: whole.length };
}

/** Notes in a set's folder at a place which versions make its rows. @returns their id, for the names of pieces */
export async function putVersions(place: Place, set: string, versions: Versions): Promise<string> {
  const { id, name, text } = versionsFile(versions);
  await place.putIfAbsent(`${set}/${name}`, Buffer.from(text));
  return id;
}
