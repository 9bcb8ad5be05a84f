import { open, rename, rm } from 'node:fs/promises';
import { shortPath } from '../project.ts';
import { toFloat16 } from './float16.ts';
import { type Dtype, npyHeader } from './npy.ts';
import { temporaryName } from './put.ts';

/**
 * Writes an .npy array block by block, beside the file, then puts it in place: whatever happens, the file is the old
 * one or the new one, and no more than a block is held in memory.
 * @param shape [N, …]
 * @param blocks rows in order, float32
 * @throws Error naming the file, when the disk is full or the folder cannot be written; what a block throws
 */
export async function writeNpy(
  file: string,
  { shape, dtype }: { readonly shape: readonly number[]; readonly dtype: Dtype },
  blocks: AsyncIterable<Float32Array>,
): Promise<void> {
  const temporary = temporaryName(file);
  const said = (cause: unknown): Error =>
    new Error(`${shortPath(file)} cannot be written: ${(cause as Error).message}. What was there before is kept.`, {
      cause,
    });
  const handle = await open(temporary, 'w').catch((cause: unknown) => Promise.reject(said(cause)));
  const write = (bytes: Uint8Array): Promise<void> =>
    handle.writeFile(bytes).catch((cause: unknown) => Promise.reject(said(cause)));
  try {
    await write(npyHeader(shape, dtype));
    for await (const rows of blocks) await write(bytesOf(rows, dtype));
    await handle.sync();
    await handle.close();
    await rename(temporary, file).catch((cause: unknown) => Promise.reject(said(cause)));
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

function bytesOf(rows: Float32Array, dtype: Dtype): Uint8Array {
  const values = dtype === 'float16' ? toFloat16(rows) : rows;
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
