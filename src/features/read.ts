import { closeSync, openSync, readSync } from 'node:fs';
import { fromFloat16 } from '../storage/float16.ts';
import { type Dtype, NPY_HEADER_BYTES } from '../storage/npy.ts';
import { bytesOfRow, type FeatureStore } from '../storage/store.ts';
import { checkRow } from '../storage/verify.ts';

/** Features of N images, on disk. */
export interface Features {
  /** [N, …], like [2500, 7, 7, 512] or [2500, 4096]. */
  readonly shape: readonly number[];
  /** The .npy file; it may hold more rows than N. */
  readonly file: string;
  /** What the file keeps them as. */
  readonly dtype: Dtype;
  /** Images whose features were there before this run. */
  readonly cached: number;
  /** Seconds this run took. */
  readonly seconds: number;
  /** What computed them, in words. */
  readonly engine: string;
  /**
   * Reads some images' features.
   * @param indices b positions 0..N-1, in any order
   * @returns [b, …] float32
   * @throws Error naming file and image, where the file was damaged or changed since it was checked
   */
  rows(indices: ArrayLike<number>): Float32Array;
  /** Gives the file back; rows() opens it again. */
  close(): void;
}

export function readFeatures(store: FeatureStore, n: number, facts: { cached: number; seconds: number; engine: string }): Features {
  const [length, rowBytes] = [store.rowShape.reduce((a, b) => a * b, 1), bytesOfRow(store)];
  let file: number | undefined;
  return {
    shape: [n, ...store.rowShape],
    file: store.file,
    dtype: store.dtype,
    cached: facts.cached,
    seconds: facts.seconds,
    engine: facts.engine,
    rows(indices) {
      file ??= openSync(store.file, 'r');
      const stored = store.dtype === 'float16' ? new Uint16Array(indices.length * length) : new Float32Array(indices.length * length);
      const bytes = new Uint8Array(stored.buffer);
      // neighbours in one read
      for (let i = 0; i < indices.length;) {
        const first = indices[i];
        if (!(first >= 0 && first < n)) throw new RangeError(`rows: expected an index in 0..${n - 1}; got ${first}.`);
        let count = 1;
        while (i + count < indices.length && indices[i + count] === first + count && first + count < n) count++;
        const size = count * rowBytes;
        const got = readSync(file, bytes, i * rowBytes, size, NPY_HEADER_BYTES + first * rowBytes);
        if (got !== size) throw new Error(`${store.file}: expected ${size} bytes for image ${first}; got ${got}. Was the file changed during the run?`);
        for (let k = i; k < i + count; k++) checkRow(store, file, indices[k], bytes.subarray(k * rowBytes, (k + 1) * rowBytes));
        i += count;
      }
      return stored instanceof Uint16Array ? fromFloat16(stored) : stored;
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
