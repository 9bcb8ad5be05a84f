import type { Place, PlaceSource } from './place.ts';

/**
 * Takes a damaged file out of the way at a place, by its name: it is kept as `NAME.aside`.
 * @param whole the bytes that replace it at once @default nothing
 * @returns false if nothing was done: it is not there, has changed meanwhile, or somebody may still be writing it
 */
export async function takeAway(place: Place, name: string, whole?: PlaceSource): Promise<boolean> {
  const found = (await place.list(name)).find((file) => file.name === name);
  return found !== undefined && place.setAside(found, whole);
}

/** Puts a file at a place; a damaged file there under its name is replaced, and kept as `NAME.aside`. */
export async function putInstead(place: Place, name: string, whole: Uint8Array): Promise<void> {
  if (await takeAway(place, name, whole)) return;
  await place.remove(name); // young: whoever still writes it goes on writing a file that nobody reads any more
  await place.putIfAbsent(name, whole);
}
