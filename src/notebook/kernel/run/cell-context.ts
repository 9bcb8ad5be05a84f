import { AsyncLocalStorage } from 'node:async_hooks';

/** One run of a cell. All work that the cell starts belongs to it, however long it goes on. */
export interface CellContext {
  /** The run's number, from 1, in the order of running. */
  readonly number: number;
  /** The header of the request to run it, which all that it sends belongs to. */
  readonly header: object;
  readonly stop: CellStop;
  /** Writes text below the cell. */
  write(name: 'stdout' | 'stderr', text: string): void;
  /** Shows a MIME bundle below the cell. */
  display(content: object, update: boolean): void;
  /** Shows the value of the cell's last expression. */
  result(bundle: object): void;
  /** Asks the user for input. */
  readonly ask: Ask;
  /** The work that the cell waits for before it ends. */
  readonly held: Promise<void>[];
}

/**
 * Asks the user for a line, in the input box below the cell. Undefined means the end of input (Ctrl-D in a console).
 */
export interface Ask {
  /** Waits for the line and blocks this thread, as `prompt` in a page does. */
  now(prompt: string): string | undefined;
  later(prompt: string): Promise<string | undefined>;
}

/** How one run of a cell is stopped. */
export interface CellStop {
  readonly signal: AbortSignal;
  /** Gives the signal, for work that ends by itself when it is aborted: the cell then gets time for that. */
  listen(): AbortSignal;
  /** Rejects when the cell has had its time to end by itself. */
  readonly givenUp: Promise<never>;
}

const storage = new AsyncLocalStorage<CellContext>();
let latest: CellContext | undefined;

/** Runs a cell; whatever it starts finds the cell again with {@link currentCell}, also after other cells have run. */
export function runInCell<T>(context: CellContext, work: () => T): T {
  latest = context;
  return storage.run(context, work);
}

/** Runs work as a part of a cell that has begun before, such as a handler of one of its controls. */
export const runAsPartOf = <T>(context: CellContext, work: () => T): T => storage.run(context, work);

/** Gives the cell that started the calling code; else the latest one. */
export const currentCell = (): CellContext | undefined => storage.getStore() ?? latest;

/** Gives the cell that began last. */
export const latestCell = (): CellContext | undefined => latest;

/** Whether a cell started the calling code. */
export const isInCell = (): boolean => storage.getStore() !== undefined;

/** Keeps the calling cell from ending before some work is done, and makes it fail if the work fails. */
export function holdCell(work: Promise<void>): void {
  work.catch(() => {}); // it is the cell that fails
  currentCell()?.held.push(work);
}
