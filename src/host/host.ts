/** What the kernel offers to the code that a cell calls; there is none outside a notebook. */
export interface NotebookHost {
  /** Shows a MIME bundle under the cell; with `update` it replaces the one shown under the same id. */
  display(data: Readonly<Record<string, string>>, options?: { readonly id?: string; readonly update?: boolean }): void;
  /** The cell does not end before this is settled, and fails with it. */
  hold?(shown: Promise<void>): void;
  /** Of the cell that started the code that asks; aborted by Stop. */
  readonly signal: AbortSignal | undefined;
}

const KEY = Symbol.for('graft.notebook');

export function setNotebookHost(host: NotebookHost | undefined): void {
  (globalThis as Record<symbol, unknown>)[KEY] = host;
}

export const notebookHost = (): NotebookHost | undefined =>
  (globalThis as Record<symbol, unknown>)[KEY] as NotebookHost | undefined;

/**
 * The signal that Stop aborts, of the cell that started the code that asks, also when later cells run by then; none
 * outside a notebook. The default of whatever takes long: `{ signal = cellSignal() }`.
 * @example
 * for (const n of [1, 2, 3]) {
 *   cellSignal()?.throwIfAborted(); // Stop ends the loop here
 *   console.log(n);
 * }
 */
export const cellSignal = (): AbortSignal | undefined => notebookHost()?.signal;
