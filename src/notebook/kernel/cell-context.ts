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
  /** What the cell waits for before it ends. */
  readonly held: Promise<void>[];
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

/** Whether a cell started the code that asks. */
export const isInCell = (): boolean => storage.getStore() !== undefined;
