import { AsyncLocalStorage } from 'node:async_hooks';

/** One run of a cell. It belongs to all work that the cell starts, however long that goes on. */
export interface CellContext {
  /** From 1, in the order of running. */
  readonly number: number;
  readonly stop: CellStop;
  /** Writes text below the cell. */
  write(name: 'stdout' | 'stderr', text: string): void;
  /** Shows a MIME bundle below the cell. */
  display(content: object, update: boolean): void;
  /** Shows the value of the cell's last expression. */
  result(bundle: object): void;
  /** Asks the user. */
  readonly ask: Ask;
  /** What the cell waits for before it ends. */
  readonly held: Promise<void>[];
}

/** Asks the user for a line, in the input box below the cell. Undefined is the end of input (Ctrl-D in a console). */
export interface Ask {
  /** Waits for the line with this thread, as `prompt` in a page does. */
  now(prompt: string): string | undefined;
  later(prompt: string): Promise<string | undefined>;
}

/** How one run of a cell is stopped. */
export interface CellStop {
  readonly signal: AbortSignal;
  /** The signal, for work that ends by itself when it is aborted: the cell then gets time for that. */
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

/** The cell that started the code that asks; else the latest one. */
export const currentCell = (): CellContext | undefined => storage.getStore() ?? latest;

/** The cell that began last. */
export const latestCell = (): CellContext | undefined => latest;

/** Whether a cell started the code that asks. */
export const isInCell = (): boolean => storage.getStore() !== undefined;

/** Has the cell that asks not end before some work is done, and fail if that fails. */
export function holdCell(work: Promise<void>): void {
  work.catch(() => {}); // it is the cell that fails
  currentCell()?.held.push(work);
}
