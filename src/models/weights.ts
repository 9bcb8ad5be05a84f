import { open } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import { shortPath } from '../project.ts';
import { openKerasHdf5 } from '../storage/keras-hdf5.ts';
import { openSafetensors } from '../storage/safetensors.ts';

/** An open file of weights. */
export interface Weights {
  readonly file: string;
  /** Size of the file in bytes. */
  readonly bytes: number;
  /** Layers that have weights, by name: kernel, then bias. */
  readonly layers: ReadonlyMap<string, readonly StoredWeight[]>;
  close(): void;
}

export interface StoredWeight {
  readonly shape: readonly number[];
  /** As the file has it. */
  readonly dtype: string;
  /** Whether it holds floating-point values, or 8-bit ones with their scales. */
  readonly isFloat: boolean;
  /** Reads the values, row-major; throws where the file is damaged. */
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

/**
 * Copies a file's values into a model's layers of the same names, after checking that all are there and fit.
 * @param network names it in errors
 * @throws Error naming the layer that is missing or has another shape
 */
export function assignWeights({ file, layers }: Weights, model: tf.LayersModel, network: string): void {
  const wanted = model.layers.filter((layer) => layer.weights.length > 0);
  // everything is checked before anything is read
  for (const layer of wanted) {
    const found = layers.get(layer.name);
    const expected = layer.weights.map((w) => `[${w.shape.join(', ')}]`).join(' and ');
    const got = found?.map((d) => `[${d.shape.join(', ')}]`).join(' and ');
    if (got !== expected) {
      throw new Error(
        `${shortPath(file)}: expected ${network}'s weights, with layer "${layer.name}" of ${expected}; ` +
          `got ${got ?? `no such layer among ${[...layers.keys()].join(', ') || 'none'}`}. This is another network's file` +
          `${found === undefined && /^(fc|pred)/.test(layer.name) ? ', or one without the top ("notop")' : ''}.`,
      );
    }
    const other = found!.find(({ isFloat }) => !isFloat);
    if (other) throw new Error(`${shortPath(file)}: expected floating-point values in layer "${layer.name}"; got ${other.dtype}.`);
  }
  for (const layer of wanted) {
    const tensors = layers.get(layer.name)!.map((weight) => tf.tensor(weight.read(), [...weight.shape]));
    layer.setWeights(tensors);
    tf.dispose(tensors);
  }
}
