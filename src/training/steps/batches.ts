import type { Features } from '../../features/features.ts';
import { finiteRows, noteChecked } from '../../features/finite.ts';
import { type Random } from '../../random.ts';

/** Reads the features of a batch: [b, …] float32, which the reader may change. */
export type ReadBatch = (indices: Int32Array) => Float32Array | Promise<Float32Array>;

/** Features of up to this many bytes are read once and held as float32; larger ones are read batch by batch. */
const IN_MEMORY = 512 * 2 ** 20;

/** The most bytes held of features that are read beside a training: its validation images. */
const BESIDE = 128 * 2 ** 20;

/** How a training reads its features. */
export interface Batches {
  /** The shape of one row. */
  readonly shape: readonly number[];
  /** Gives what an epoch reads: its own view of each image, if there are several. */
  ofEpoch(epoch: number, next: Random): ReadBatch;
}

/**
 * Opens features for a training; small ones are read whole, once.
 * @param most the most bytes that are held
 * @throws DamagedRow if some are damaged; RangeError if a number is not finite
 */
export async function openBatches(of: Features, most = IN_MEMORY): Promise<Batches> {
  const { shape, views, labels } = of;
  const length = shape.slice(1).reduce((a, b) => a * b, 1);
  const whole = views === 1 && !of.rowsOfEpoch && 4 * length * shape[0] <= most;
  const read: ReadBatch = whole
    ? fromMemory(
        await finiteRows(
          of,
          Array.from({ length: shape[0] }, (_, i) => i),
        ),
        length,
      )
    : (indices) => finiteRows(of, indices);
  return {
    shape: shape.slice(1),
    ofEpoch(epoch, next) {
      if (of.rowsOfEpoch) return (indices) => of.rowsOfEpoch!(indices, epoch);
      if (views < 2) return read;
      const drawn = Int32Array.from({ length: labels.length }, () => Math.floor(next() * views));
      return (indices) =>
        finiteRows(
          of,
          indices,
          Int32Array.from(indices, (i) => drawn[i]),
        );
    },
  };
}

/** Gives the same features for repeated judging; small ones are read once. Each read is valid until the next. */
export async function held(of: Features): Promise<Features> {
  if (of.views > 1 || of.rowsOfEpoch) return of;
  const read = (await openBatches(of, BESIDE)).ofEpoch(1, () => 0);
  return noteChecked({ ...of, rows: async (indices) => read(Int32Array.from(indices)) });
}

function fromMemory(all: Float32Array, length: number): ReadBatch {
  let out = new Float32Array(0); // of one batch at a time; a new one for each would be 3 MB of garbage a step
  return (indices) => {
    if (out.length !== indices.length * length) out = new Float32Array(indices.length * length);
    for (let i = 0; i < indices.length; i++)
      out.set(all.subarray(indices[i] * length, (indices[i] + 1) * length), i * length);
    return out;
  };
}

/** Gives the labels of some images. */
export const labelsAt = ({ labels }: Pick<Features, 'labels'>, indices: Int32Array): Int32Array =>
  Int32Array.from(indices, (i) => labels[i]);
