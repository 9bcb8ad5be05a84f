import { Session } from 'node:inspector';
import { unheard } from './marks.ts';

/** How often what waits in the queue of promises gets its turn before the rest is dropped. */
const TURNS = 10_000;

const globals = globalThis as unknown as Record<string, unknown>;
const { then } = Promise.prototype;

/** Is passed to the listeners of `uncaughtException`, though nothing has failed. */
export const NOTHING = new Error('a loop of awaits was ended');

/**
 * Ends a loop that goes from promise to promise and leaves the event loop no turn, so that nobody hears of Stop. The
 * second thread calls this while the loop runs (thread/starved.cjs). All else that waits in the queue of promises gets
 * so many turns that it comes to its end, or to where it waits for the event loop; what is left is such loops, and is
 * dropped.
 */
globals.__graftEndStarving__ = (): void => {
  let turns = 0;
  const turn = (): void => {
    if (!unheard()) return;
    if (++turns < TURNS) void then.call(Promise.resolve(), turn);
    else dropQueue();
  };
  void then.call(Promise.resolve(), turn);
};

/** Ends the running of microtasks, and drops those that wait. */
function dropQueue(): void {
  // Node.js counts the asynchronous work that has begun, and aborts if this never ends; an uncaught error clears the count
  (process as unknown as { _fatalException(error: Error): void })._fatalException(NOTHING);
  const session = new Session();
  session.connect();
  setImmediate(() => session.disconnect());
  session.post('Runtime.terminateExecution');
  for (;;); // until V8 ends it here
}
