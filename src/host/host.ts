/** What the kernel offers to the code that a cell calls; there is none outside a notebook. */
export interface NotebookHost {
  /** Shows a MIME bundle under the cell; with `update` it replaces the one shown under the same id. */
  display(data: Readonly<Record<string, string>>, options?: { readonly id?: string; readonly update?: boolean }): void;
  /** Aborted when the user interrupts the running cell. */
  readonly signal: AbortSignal;
}

const KEY = Symbol.for('graft.notebook');

export function setNotebookHost(host: NotebookHost | undefined): void {
  (globalThis as Record<symbol, unknown>)[KEY] = host;
}

export const notebookHost = (): NotebookHost | undefined => (globalThis as Record<symbol, unknown>)[KEY] as NotebookHost | undefined;

const never = new AbortController().signal;

/** Aborted when the user interrupts the running cell (never outside a notebook): hand it to whatever takes long. */
export const cellSignal = (): AbortSignal => notebookHost()?.signal ?? never;
