import type { DamagedPictures } from '../data/damaged.ts';
import type { Place } from '../storage/place.ts';
import { sealed } from '../storage/sealed-json.ts';

const folderOf = (plan: string): string => `plans/${plan}/undecodable/`;

/**
 * Notes pictures that a shard could not decode, so that none waits for their rows.
 * @param keys [16] of each
 */
export async function noteUndecodable(
  place: Place,
  plan: string,
  keys: readonly Uint8Array[],
  errors: readonly DamagedPictures[],
): Promise<void> {
  for (const [i, key] of keys.entries()) {
    const content = { files: errors[i]?.files ?? [], why: errors[i]?.why ?? '' };
    await place.putIfAbsent(`${folderOf(plan)}${Buffer.from(key).toString('hex')}.json`, Buffer.from(sealed(content)));
  }
}

/** Keys of the pictures that could not be decoded, hexadecimal. */
export async function readUndecodable(place: Place, plan: string): Promise<Set<string>> {
  const files = await place.list(folderOf(plan));
  return new Set(files.map(({ name }) => name.slice(folderOf(plan).length, -'.json'.length)));
}
