import { toFloat16 } from './float16.ts';
import { type Dtype, npyHeader } from './npy.ts';
import { writeStream } from '../files/write-stream.ts';

/**
 * Writes an .npy array block by block: the file is either the old one or the new one, and only one block is held in
 * memory.
 * @param shape [N, …]
 * @param blocks rows in order, float32
 * @throws Error naming the file, if the disk is full or the folder cannot be written; errors from a block
 */
export async function writeNpy(
  file: string,
  { shape, dtype }: { readonly shape: readonly number[]; readonly dtype: Dtype },
  blocks: AsyncIterable<Float32Array>,
): Promise<void> {
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    yield npyHeader(shape, dtype);
    for await (const rows of blocks) yield bytesOf(rows, dtype);
  };
  await writeStream(file, bytes());
}

function bytesOf(rows: Float32Array, dtype: Dtype): Uint8Array {
  const values = dtype === 'float16' ? toFloat16(rows) : rows;
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
