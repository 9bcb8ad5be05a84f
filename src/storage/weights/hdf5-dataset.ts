import type { Dataset } from 'h5wasm/node';
import { shortPath } from '../../project.ts';
import { fromFloat16 } from '../rows/float16.ts';
import type { StoredWeight } from './weights-file.ts';

/** How many values are read at once, which bounds the WebAssembly heap; that never shrinks. */
const BLOCK = 4 << 20;

/**
 * Gives a dataset of an HDF5 file as a weight, to be read while the file is open.
 * @param dataset a dataset of any rank; its values are read in blocks of rows
 */
export const storedDataset = (dataset: Dataset, file: string): StoredWeight => ({
  shape: dataset.shape!,
  dtype: String(dataset.dtype),
  isFloat: /^(<?e|[<>]?[fd])$/.test(String(dataset.dtype)),
  read: () => readDataset(dataset, file),
});

function readDataset(dataset: Dataset, file: string): Float32Array {
  const shape = dataset.shape!;
  const row = shape.slice(1).reduce((a, b) => a * b, 1);
  const values = new Float32Array(shape[0] * row);
  const step = Math.max(1, Math.floor(BLOCK / row));
  const half = /e$/.test(String(dataset.dtype));
  const from16 = half ? asIntegers(dataset) : dataset;
  for (let from = 0; from < shape[0]; from += step) {
    const to = Math.min(shape[0], from + step);
    const block = from16.slice([[from, to], ...shape.slice(1).map((n) => [0, n] as [number, number])]) as
      Float32Array | Uint16Array | null;
    if (block?.length !== (to - from) * row)
      throw new Error(`${shortPath(file)}: ${dataset.path} cannot be read. The file is damaged.`);
    values.set(block instanceof Uint16Array ? fromFloat16(block) : block, from * row);
  }
  return values;
}

/** Gives the same dataset, read as whole numbers of its size, since h5wasm has no float16. */
const asIntegers = (dataset: Dataset): Dataset =>
  Object.create(dataset, { metadata: { value: { ...dataset.metadata, type: 0, signed: false } } }) as Dataset;
