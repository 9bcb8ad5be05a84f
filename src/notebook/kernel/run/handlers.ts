import type { RunHandler } from '../../../host/widgets.ts';
import { type CellContext, runAsPartOf } from './cell-context.ts';
import type { Interrupts } from './interrupt.ts';

/**
 * Gives what runs the handlers of a cell's controls as a part of the cell: errors name its lines, and what they print
 * or show goes where the control says. Each run is stopped on its own, by Stop or by its signal, since the cell itself
 * has ended, and may have been stopped.
 */
export function handlersOf(cell: CellContext | undefined, interrupts: Interrupts): RunHandler {
  return async (work, { output, signal }) => {
    if (!cell) return await work();
    const stop = interrupts.beside();
    const abort = (): void => stop.abort(signal!.reason as Error);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    const held: Promise<void>[] = [];
    const part: CellContext = { ...cell, ...output, held, stop };
    try {
      const value = await runAsPartOf(part, work);
      for (let waited = 0; waited < held.length;) {
        waited = held.length;
        await Promise.all(held); // what it waits for may add more
      }
      return value;
    } finally {
      signal?.removeEventListener('abort', abort);
      stop.end();
    }
  };
}
