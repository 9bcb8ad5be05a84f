import type { DamagedPictures } from '../data/pictures/damaged.ts';
import { listed } from '../text/listed.ts';
import { inTurns } from '../host/in-turns.ts';
import type { Place } from '../storage/places/place.ts';
import { parseSealed, sealed } from '../storage/files/sealed-json.ts';

const folderOf = (plan: string): string => `plans/${plan}/undecodable/`;

/**
 * Notes pictures that a shard could not decode, so that nobody waits for their rows.
 * @param keys the key [16] of each picture
 */
export async function noteUndecodable(
  place: Place,
  plan: string,
  keys: readonly Uint8Array[],
  errors: readonly DamagedPictures[],
): Promise<void> {
  for (const [i, key] of keys.entries()) {
    const content: Note = { files: errors[i]?.files ?? [], why: errors[i]?.why ?? '' };
    await place.putIfAbsent(`${folderOf(plan)}${Buffer.from(key).toString('hex')}.json`, Buffer.from(sealed(content)));
  }
}

/** A picture that could not be decoded. */
export interface Undecodable {
  readonly file: string;
  readonly why: string;
}

/** Reads which pictures could not be decoded, by their keys, hexadecimal. */
export async function readUndecodable(place: Place, plan: string): Promise<Map<string, Undecodable>> {
  const files = await place.list(folderOf(plan));
  return new Map(
    await inTurns(files, async ({ name }) => {
      const key = name.slice(folderOf(plan).length, -'.json'.length);
      return [key, await readNote(place, name)] as const;
    }),
  );
}

async function readNote(place: Place, name: string): Promise<Undecodable> {
  try {
    const { files, why } = parseSealed<Note>(Buffer.from(await place.read(name)).toString('utf8'), name);
    return { file: files.join(', ') || 'without a name', why };
  } catch {
    return { file: 'not known', why: 'its note is damaged' }; // the note's name alone says that it is left out
  }
}

interface Note {
  readonly files: readonly string[];
  readonly why: string;
}

/** Lists pictures that are left out. */
export const leftOutText = (pictures: readonly Undecodable[]): string => {
  const names = listed(
    pictures.map(({ file, why }) => (why ? `${file} (${why})` : file)),
    10,
    5,
  );
  const one = pictures.length === 1;
  return `${pictures.length} ${one ? 'picture' : 'pictures'} cannot be decoded, and ${one ? 'has no row' : 'have no rows'}: ${names}`;
};
