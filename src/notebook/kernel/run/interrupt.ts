import type { CellStop } from './cell-context.ts';

/** Ends what cells have started when the user presses Stop. */
export interface Interrupts {
  /** Starts the handling of a cell that begins. */
  begin(): CellStop;
  /** Starts the handling of work beside the cells, such as a control's handler. */
  beside(): BesideStop;
  /** Notes that the cell that began last has ended; work that it left behind goes on. */
  end(): void;
  /**
   * Stops the running cell and all that earlier cells have left running.
   * @param reason the error that is thrown into the stopped code
   * @returns whether a cell was running
   */
  interrupt(reason?: Error): boolean;
}

/** The name of the error that is thrown into an interrupted cell. */
export const INTERRUPTED = 'Interrupted';

/**
 * Time for an interrupted cell that listens to its signal to end by itself: a batch in flight takes a second or two.
 */
const GRACE_MS = 20_000;

/** How work beside the cells is stopped. */
export interface BesideStop extends CellStop {
  /** Stops it, for another reason than Stop. */
  abort(reason: Error): void;
  /** Notes that it has ended. */
  end(): void;
}

interface Stopper extends CellStop {
  readonly listening: boolean;
  abort(reason: Error): void;
  giveUp(): void;
}

/**
 * Creates the handling of Stop. Stop aborts the cell's signal, at which long work in `src/` ends after its batch and
 * gives what it has: `const history = await fit(…)` gets the history so far. A cell that does not listen, or takes too
 * long, or is stopped a second time, is given up: what it awaits throws.
 */
export function createInterrupts(): Interrupts {
  let running: Stopper | undefined;
  let timer: NodeJS.Timeout | undefined;
  const leftBehind = new Set<Stopper>();
  return {
    begin: () => (running = createStopper()),
    beside() {
      const stopper = createStopper();
      leftBehind.add(stopper);
      return { ...stopper, end: () => void leftBehind.delete(stopper) };
    },
    end() {
      clearTimeout(timer);
      timer = undefined;
      if (running?.listening && !running.signal.aborted) leftBehind.add(running);
      running = undefined;
    },
    interrupt(reason = interrupted()) {
      for (const stopper of leftBehind) stopper.abort(reason);
      leftBehind.clear();
      if (!running) return false;
      const again = running.signal.aborted;
      running.abort(reason);
      if (again || !running.listening) running.giveUp();
      else timer = setTimeout(running.giveUp, GRACE_MS);
      return true;
    },
  };
}

const interrupted = (): Error => Object.assign(new Error('the cell was interrupted'), { name: INTERRUPTED });

function createStopper(): Stopper {
  const controller = new AbortController();
  let listening = false;
  let giveUp!: () => void;
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = () => reject(controller.signal.reason as Error);
  });
  givenUp.catch(() => {}); // no cell has to wait for it
  return {
    signal: controller.signal,
    givenUp,
    giveUp,
    get listening() {
      return listening;
    },
    listen() {
      listening = true;
      return controller.signal;
    },
    abort: (reason) => controller.abort(reason),
  };
}
