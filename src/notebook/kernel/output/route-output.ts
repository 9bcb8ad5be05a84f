import { currentCell } from '../run/cell-context.ts';

/**
 * Shows what code writes to standard output and error below the cell that started the code.
 * @param before called before each write
 */
export function routeOutput(before: () => void): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const original = process[name].write.bind(process[name]);
    process[name].write = (chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean => {
      const cell = currentCell();
      if (!cell) return original(chunk);
      before();
      if (chunk.length) cell.write(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
      const done = typeof encoding === 'function' ? encoding : callback;
      if (typeof done === 'function') process.nextTick(done);
      return true;
    };
  }
}
