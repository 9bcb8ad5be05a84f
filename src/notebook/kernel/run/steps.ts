import vm from 'node:vm';
import { type CellContext, type CellStop, currentCell, isInCell } from './cell-context.ts';
import type { Position } from '../compile/edits.ts';
import { MARK, marks, unheard } from './marks.ts';
import { type Pause, RESULTS, STOPPED } from '../compile/pauses.ts';

/** How often Stop throws into a cell that catches it and goes on; after that the cell is left alone. */
const MOST_THROWS = 100;
/** This many calls of `.then`, for this long, while Stop goes unheard, are a chain that starves the event loop. */
const MANY_CALLS = 1000;
const STARVED_MS = 200;
/** How often the event loop gets a turn while a cell goes from step to step. */
const TURN_MS = 20;

/** A position in a compiled cell. */
export interface CellPosition extends Position {
  readonly cell: number;
}

const awaits = new WeakMap<object, CellPosition>();

/** Gives the await of a cell that an error came through, which no stack shows. */
export const awaitOf = (error: object): CellPosition | undefined => awaits.get(error);

/**
 * Runs a cell from await to await, as prepared by pauses.ts.
 * @returns the cell's value, which may be a promise that nobody has waited for yet
 * @throws the cell's error; the reason of Stop
 */
export async function runSteps(
  code: Generator<Pause, unknown, unknown>,
  { number: cell, stop }: CellContext,
): Promise<{ readonly value: unknown }> {
  let resume = (): IteratorResult<Pause, unknown> => code.next();
  let turned = performance.now();
  for (let throws = 0; throws < MOST_THROWS;) {
    const { done, value } = breakable(resume);
    if (done) return { value };
    const [line, column, awaited] = value;
    try {
      const result = await waitFor(awaited, stop);
      resume = () => code.next(result);
    } catch (error) {
      if (stop.signal.aborted) throws++;
      if (typeof error === 'object' && error !== null && !awaits.has(error)) awaits.set(error, { cell, line, column });
      resume = () => code.throw(error);
    }
    // awaits that take no time would leave none for Stop, nor for output
    if (performance.now() - turned > TURN_MS) {
      await new Promise(setImmediate);
      turned = performance.now();
    }
  }
  throw stop.signal.reason as Error;
}

/**
 * Waits for what a cell awaits. Work begun before Stop may still give its result, until the cell is given up.
 * @throws the awaited promise's error; the reason of Stop
 */
export async function waitFor<T>(awaited: T, { signal, givenUp }: CellStop): Promise<Awaited<T>> {
  if (!signal.aborted) return Promise.race([givenUp, awaited]);
  Promise.resolve(awaited).catch(() => {}); // nobody waits for it any more
  throw signal.reason as Error;
}

const call = new vm.Script('__graftStep__()', { filename: 'node:internal/graft-step' });
const globals = globalThis as unknown as Record<string, unknown>;

/** Whether SIGINT broke off a step. */
export const wasBrokenOff = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';

/**
 * Calls a function that SIGINT breaks off, whatever it does; this costs some 40 µs.
 * @throws ERR_SCRIPT_EXECUTION_INTERRUPTED if broken off
 */
function breakable<T>(work: () => T): T {
  globals.__graftStep__ = () => {
    Atomics.add(marks, MARK.step, 1); // from here on SIGINT breaks off
    let ended: Ended<T>;
    try {
      ended = { result: work() };
    } catch (error) {
      // not thrown through the script: Node.js would write its stack, and SIGINT would end the process meanwhile
      ended = { error };
    }
    Atomics.add(marks, MARK.step, 1);
    return ended;
  };
  try {
    const ended = call.runInThisContext({ breakOnSigint: true }) as Ended<T>;
    if ('error' in ended) throw ended.error;
    return ended.result;
  } catch (error) {
    if (wasBrokenOff(error)) come++;
    throw error;
  } finally {
    if (marks[MARK.step] % 2) Atomics.add(marks, MARK.step, 1); // broken-off code does not run its own `finally`
  }
}

/** Signals that have come: they broke off a step, or came after it. */
let come = 0;
process.on('SIGINT', () => void come++);
/** How long a signal that was sent may be under way. One that comes just as a step ends is lost. */
const UNDER_WAY_MS = 500;

/** Waits for a signal that was sent to a step of an earlier cell: it would break off the next cell's. */
export async function waitForSignals(): Promise<void> {
  const since = performance.now();
  while (come < Atomics.load(marks, MARK.signal) && performance.now() - since < UNDER_WAY_MS)
    await new Promise((resolve) => setTimeout(resolve, 5));
  come = Atomics.load(marks, MARK.signal);
}

type Ended<T> = { readonly result: T } | { readonly error: unknown };

const thrown = new WeakMap<CellStop, number>();

let hear = (): void => {};
export const setInterruptListener = (listener: () => void): void => void (hear = listener);

/** Hears an interrupt at once if the event loop has not had time for it. */
export const hearInterrupt = (): void => void (unheard() && hear());

globals[STOPPED] = (): Promise<never> | undefined => {
  hearInterrupt();
  const { stop } = currentCell()!;
  if (!stop.signal.aborted) return undefined;
  const count = (thrown.get(stop) ?? 0) + 1;
  thrown.set(stop, count);
  // a loop that catches everything must leave the thread free, and end at some point
  return new Promise((_, reject) => count < MOST_THROWS && setImmediate(reject, stop.signal.reason));
};

const { then } = Promise.prototype;
let starved = { calls: 0, since: 0 };

/**
 * Breaks off code that calls `.then` again and again and starves the event loop: a chain of promises that are already
 * settled. Node.js offers no other place to stop it.
 */
Promise.prototype.then = function <T>(this: Promise<T>, ...reactions: Parameters<typeof then>) {
  if (unheard() && isInCell()) {
    if (!starved.calls++) starved.since = performance.now();
    if (starved.calls > MANY_CALLS && performance.now() - starved.since > STARVED_MS) {
      starved = { calls: 0, since: 0 };
      hear();
      throw currentCell()!.stop.signal.reason;
    }
  } else if (starved.calls) starved = { calls: 0, since: 0 };
  return then.apply(this, reactions);
} as typeof then;

globals[RESULTS] = function* (
  items: AsyncIterable<unknown> | Iterable<unknown>,
): Generator<Promise<IteratorResult<unknown>>> {
  const asynchronous = (items as AsyncIterable<unknown>)[Symbol.asyncIterator];
  const iterator = asynchronous ? asynchronous.call(items) : settled((items as Iterable<unknown>)[Symbol.iterator]());
  let ended = false;
  try {
    for (;;) {
      yield Promise.resolve(iterator.next()).then((result) => {
        ended = Boolean(result.done);
        return result;
      });
    }
  } finally {
    if (!ended) void iterator.return?.(); // the loop was left early
  }
};

/** Turns an iterator whose values may be promises into an async one. */
function settled(iterator: Iterator<unknown>): AsyncIterator<unknown> {
  return {
    async next() {
      const { done, value } = iterator.next() as { done?: boolean; value: unknown };
      return { done: Boolean(done), value: await value };
    },
    async return() {
      iterator.return?.();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}
