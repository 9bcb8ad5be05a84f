import type { Place, PlacedFile } from './place.ts';
import { makeFolderOf } from '../files/replace-file.ts';
import { writeStream } from '../files/write-stream.ts';

/** Bytes read at once, the most that a broken connection costs. */
const BLOCK = 16 << 20;

/**
 * Brings a file from a place to a local one, as a whole or not at all, block by block.
 * @throws Error naming it, if it is shorter than the place says
 */
export async function bringFile(
  place: Place,
  { name, size }: Pick<PlacedFile, 'name' | 'size'>,
  target: string,
): Promise<void> {
  makeFolderOf(target);
  await writeStream(target, blocks());
  async function* blocks(): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < size; start += BLOCK) {
      const end = Math.min(size, start + BLOCK);
      const bytes = await place.read(name, { start, end });
      if (bytes.length !== end - start)
        throw new Error(`${place.uri}/${name}: expected ${size} bytes; it ends at ${start + bytes.length}.`);
      yield bytes;
    }
  }
}
