import { createRequire } from 'node:module';
import v8 from 'node:v8';
import { Worker } from 'node:worker_threads';

/** Of the heap's limit; near to it V8 does little but collect garbage, for a minute and more, and then ends the process. */
const MOST = 0.8;
const EVERY_MS = 250;

/** Tells whether it was a full heap that sent SIGINT. */
export interface MemoryWatch {
  /** What to throw into the running cell, once after each time the heap was full. */
  takeReason(): Error | undefined;
}

/**
 * Stops the running cell before JavaScript's heap is full, and the kernel goes on; otherwise V8 would end it and with it
 * every variable.
 */
export function watchMemory(): MemoryWatch {
  const most = MOST * v8.getHeapStatistics().heap_size_limit;
  const full = new Int32Array(new SharedArrayBuffer(4));
  const worker = createRequire(import.meta.url).resolve('./memory-watch-worker.cjs');
  new Worker(worker, { workerData: { most, full, every: EVERY_MS } }).unref();
  return {
    takeReason() {
      if (!Atomics.exchange(full, 0, 0)) return undefined;
      const message =
        `the cell was stopped: JavaScript's heap had grown to ${(most / 2 ** 30).toFixed(1)} GiB. What no variable holds is free again; ` +
        'large numbers belong in typed arrays or tensors, which lie outside of it. More is to be had with --max-old-space-size in kernel.json.';
      return Object.assign(new Error(message), { name: 'OutOfMemory' });
    },
  };
}
