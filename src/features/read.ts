import { closeSync, openSync, readSync } from 'node:fs';
import { NPY_HEADER_BYTES } from './npy.ts';
import type { FeatureStore } from './store.ts';

/** Features of N images, on disk. */
export interface Features {
  /** [N, …], like [2500, 7, 7, 512] or [2500, 4096]. */
  readonly shape: readonly number[];
  /** The .npy file; it may hold more rows than N. */
  readonly file: string;
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
   */
  rows(indices: ArrayLike<number>): Float32Array;
  /** Gives the file back; rows() opens it again. */
  close(): void;
}

export function readFeatures(store: FeatureStore, n: number, facts: { cached: number; seconds: number; engine: string }): Features {
  const length = store.rowShape.reduce((a, b) => a * b, 1);
  let file: number | undefined;
  return {
    shape: [n, ...store.rowShape],
    file: store.file,
    cached: facts.cached,
    seconds: facts.seconds,
    engine: facts.engine,
    rows(indices) {
      file ??= openSync(store.file, 'r');
      const out = new Float32Array(indices.length * length);
      const bytes = new Uint8Array(out.buffer);
      // neighbours in one read
      for (let i = 0; i < indices.length;) {
        const first = indices[i];
        if (!(first >= 0 && first < n)) throw new RangeError(`rows: expected an index in 0..${n - 1}; got ${first}.`);
        let count = 1;
        while (i + count < indices.length && indices[i + count] === first + count && first + count < n) count++;
        const size = count * length * 4;
        const got = readSync(file, bytes, i * length * 4, size, NPY_HEADER_BYTES + first * length * 4);
        if (got !== size) throw new Error(`${store.file}: expected ${size} bytes for image ${first}; got ${got}. Was the file changed during the run?`);
        i += count;
      }
      return out;
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
