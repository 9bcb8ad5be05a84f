import { open } from 'node:fs/promises';
import { openKerasHdf5 } from './keras-hdf5.ts';
import { openSafetensors } from './safetensors.ts';

/** An open file of weights. */
export interface Weights {
  readonly file: string;
  /** The size of the file in bytes. */
  readonly bytes: number;
  /** Layers that have weights, by name: kernel, then bias. */
  readonly layers: ReadonlyMap<string, readonly StoredWeight[]>;
  /**
   * Which layers are in their network's order: `all`, `none`, or those of one class, given by the class that the file
   * has for each layer, `conv2d`.
   */
  readonly inOrder: 'all' | 'none' | ReadonlyMap<string, string>;
  /** The same by their place in a file of Keras 3: `functional/conv2d_3`. */
  readonly byPlace?: ReadonlyMap<string, readonly StoredWeight[]>;
  /** The description of a model that was saved with its weights, JSON; undefined if the file has none. */
  readonly modelConfig?: string;
  close(): void;
}

export interface StoredWeight {
  readonly shape: readonly number[];
  /** The type as the file has it. */
  readonly dtype: string;
  /** Whether it holds floating-point values, or 8-bit ones with their scales. */
  readonly isFloat: boolean;
  /** Reads the values, row-major; throws if the file is damaged. */
  read(): Float32Array;
}

/**
 * Opens a file of weights: Keras' HDF5, or Graft's 8-bit safetensors.
 * @throws Error saying what was expected
 */
export async function openWeights(file: string): Promise<Weights> {
  return (await isSafetensors(file)) ? openSafetensors(file) : openKerasHdf5(file);
}

/** Whether a file starts as safetensors do: the header's length in 8 bytes, then a brace. */
async function isSafetensors(file: string): Promise<boolean> {
  if (file.endsWith('.safetensors')) return true;
  const handle = await open(file).catch(() => undefined);
  if (!handle) return false;
  const head = Buffer.alloc(9);
  const { bytesRead } = await handle.read(head, 0, 9, 0).finally(() => handle.close());
  return bytesRead === 9 && head[8] === 0x7b && head.readUInt32LE(4) === 0;
}
