/** The outcome of a request to run a cell. */
export type Status = 'ok' | 'error' | 'aborted';

/** A request to run a cell. */
export interface Queued {
  /** When it was sent, in ms by the front end's clock, which may be another machine's. */
  readonly sent: number;
  /** Whether its failure aborts the requests queued behind it; `nbconvert --allow-errors` says no. */
  readonly stopOnError: boolean;
  /** Runs the cell and tells whether it succeeded. */
  readonly run: () => Promise<boolean>;
}

/** Runs cells one after the other. */
export interface CellQueue {
  add(queued: Queued): Promise<Status>;
  /** Aborts the queued requests: Stop came between two cells. */
  abort(): void;
}

/** A cell that failed without ever yielding leaves unread requests behind it; they arrive within this time. */
const LATE_MS = 200;
/** How far two clocks of the same machine may differ. */
const CLOCK_MS = 100;

/**
 * Creates a queue of cells. "Run All" sends all cells at once; after a failure those behind it are aborted, as
 * ipykernel does. A request that was sent after the failure is a new one.
 */
export function createCellQueue(now: () => number = Date.now): CellQueue {
  let tail: Promise<unknown> = Promise.resolve();
  let failures = 0;
  let failedAt = -Infinity;
  return {
    abort: () => void failures++,
    add({ sent, stopOnError, run }) {
      const [before, received] = [failures, now()];
      const sentAfter = sent >= failedAt && sent < received + CLOCK_MS; // a quick client answers within the millisecond
      const late = received < failedAt + LATE_MS && !sentAfter;
      const status = tail.then(async (): Promise<Status> => {
        if (late || before !== failures) return 'aborted';
        if (await run()) return 'ok';
        if (stopOnError) {
          failures++;
          failedAt = now();
        }
        return 'error';
      });
      tail = status.catch(() => {});
      return status;
    },
  };
}
