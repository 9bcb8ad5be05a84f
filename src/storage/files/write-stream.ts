import { open, rename, rm } from 'node:fs/promises';
import { shortPath } from '../../project.ts';
import { temporaryName } from './put.ts';

/**
 * Writes a file block by block, beside it, then puts it in place: whatever happens, the file is either the old one or
 * the new one, and only one block is held in memory.
 * @throws Error naming the file, if the disk is full or the folder cannot be written; errors from a block
 */
export async function writeStream(
  file: string,
  blocks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
): Promise<void> {
  const temporary = temporaryName(file);
  const said = (cause: unknown): Error =>
    new Error(`${shortPath(file)} cannot be written: ${(cause as Error).message}. What was there before is kept.`, {
      cause,
    });
  const handle = await open(temporary, 'wx').catch((cause: unknown) => Promise.reject(said(cause)));
  try {
    for await (const block of blocks)
      await handle.writeFile(block).catch((cause: unknown) => Promise.reject(said(cause)));
    await handle.sync();
    await handle.close();
    await rename(temporary, file).catch((cause: unknown) => Promise.reject(said(cause)));
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}
