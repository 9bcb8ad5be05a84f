import { setImmediate as breathe } from 'node:timers/promises';

/** How often others get their turn, so that a Stop comes through, in ms. */
const TURN = 20;

/**
 * Gives a function to call after each piece of work, which lets others have their turn.
 * @throws the signal's reason when aborted
 */
export function turns(signal: AbortSignal | undefined): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > TURN) {
      await breathe();
      last = performance.now();
    }
    signal?.throwIfAborted();
  };
}
