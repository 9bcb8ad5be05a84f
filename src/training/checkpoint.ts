import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { shortPath } from '../project.ts';
import { sha256 } from '../storage/files/hash.ts';
import { bytesIfThere } from '../storage/files/read-file.ts';
import { makeFolder, replaceFile } from '../storage/files/replace-file.ts';

/** The state of a training after an epoch, in one file: a line of JSON, then the values of all tensors, float32. */
export interface Checkpoint<State> {
  /** Names everything that the training depends on; another training does not resume from here. */
  readonly key: string;
  readonly state: State;
  /** Weights and the optimizer's moments; the caller owns them. */
  readonly tensors: readonly tf.Tensor[];
}

/** Writes a checkpoint in place of the previous one; a kill at any moment leaves one of the two. */
export function saveCheckpoint(file: string, { key, state, tensors }: Checkpoint<unknown>): void {
  const values = Buffer.concat(
    tensors.map((tensor) => {
      const data = tensor.dataSync();
      return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    }),
  );
  const facts = { key, state, shapes: tensors.map(({ shape, dtype }) => ({ shape, dtype })) };
  const sum = sha256(JSON.stringify(facts), values);
  makeFolder(path.dirname(file));
  replaceFile(file, Buffer.concat([Buffer.from(`${JSON.stringify({ ...facts, sha256: sum })}\n`), values]));
}

/**
 * Reads a checkpoint.
 * @returns undefined if there is none
 * @throws Error if it is damaged, or another training's
 */
export function loadCheckpoint<State>(file: string, key: string): Checkpoint<State> | undefined {
  const bytes = bytesIfThere(file);
  if (!bytes) return undefined;
  const end = bytes.indexOf(10);
  const values = bytes.subarray(end + 1);
  let facts: { key: string; state: State; shapes: { shape: number[]; dtype: 'float32' | 'int32' }[]; sha256: string };
  try {
    facts = JSON.parse(bytes.subarray(0, end).toString('utf8')) as typeof facts;
    const { sha256: sum, ...rest } = facts;
    if (sum !== sha256(JSON.stringify(rest), values)) throw new Error('its checksum differs');
  } catch (cause) {
    throw new Error(
      `checkpoint: ${shortPath(file)} is damaged: ${(cause as Error).message}. Remove it to start again.`,
      { cause },
    );
  }
  if (facts.key !== key) {
    throw new Error(
      `checkpoint: ${shortPath(file)} belongs to another training: expected the same head, data and options. Remove it, or name another file.`,
    );
  }
  let at = 0;
  const tensors = facts.shapes.map(({ shape, dtype }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const own = new Uint8Array(values.subarray(at, (at += 4 * size))).buffer;
    return tf.tensor(dtype === 'int32' ? new Int32Array(own) : new Float32Array(own), shape, dtype);
  });
  return { key, state: facts.state, tensors };
}
