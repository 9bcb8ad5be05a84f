import type { RunHandler, WidgetModels } from './widgets.ts';

/** What the kernel offers to the code that a cell calls; outside a notebook there is none. */
export interface NotebookHost {
  /** Shows a MIME bundle under the cell; with `update` it replaces the one shown under the same id. */
  display(data: Readonly<Record<string, string>>, options?: { readonly id?: string; readonly update?: boolean }): void;
  /** Keeps the cell from ending before this is settled; the cell fails with it. */
  hold?(shown: Promise<void>): void;
  /** The models of controls. */
  readonly models?: WidgetModels;
  /** Remembers the calling cell, to run handlers of its controls as a part of it later. */
  handlers?(): RunHandler;
  /** Describes an error as a cell's failure is shown. */
  describe?(error: unknown): { readonly ename: string; readonly evalue: string; readonly traceback: readonly string[] };
  /** The signal of the cell that started the calling code; aborted by Stop. */
  readonly signal: AbortSignal | undefined;
}

const KEY = Symbol.for('graft.notebook');

export function setNotebookHost(host: NotebookHost | undefined): void {
  (globalThis as Record<symbol, unknown>)[KEY] = host;
}

export const notebookHost = (): NotebookHost | undefined =>
  (globalThis as Record<symbol, unknown>)[KEY] as NotebookHost | undefined;

/**
 * Gives the signal that Stop aborts, for the cell that started the calling code, even if later cells are running by
 * then; none outside a notebook. It is the default of everything that takes long: `{ signal = cellSignal() }`.
 * @example
 * for (const n of [1, 2, 3]) {
 *   cellSignal()?.throwIfAborted(); // Stop ends the loop here
 *   console.log(n);
 * }
 */
export const cellSignal = (): AbortSignal | undefined => notebookHost()?.signal;
