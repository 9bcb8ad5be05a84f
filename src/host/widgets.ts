/** The state of a control's model: what JSON can hold, and bytes (views of an ArrayBuffer) at any depth. */
export type ModelState = Record<string, unknown>;

/** A model whose state the kernel holds; front ends have copies of it. */
export interface WidgetModel {
  readonly id: string;
  readonly state: Readonly<ModelState>;
  /** Sets what differs, and tells the front ends. */
  set(changed: ModelState): void;
  /** Sends a message of the control's own, past the state (anywidget's `model.on('msg:custom')`). */
  send(content: unknown, buffers?: readonly Uint8Array[]): void;
  close(): void;
}

/** Who hears of a model's changes, and what a front end may change. */
export interface ModelOptions {
  /**
   * Decides on a value that a front end sends. What it returns is taken, such as a number rounded to the step;
   * undefined refuses it, and the front end gets the old value back. @default all values of known names are taken
   */
  readonly accept?: (name: string, value: unknown) => unknown;
  /** Hears what a front end has changed; the state has it already. */
  readonly onChange?: (changed: Readonly<ModelState>) => void;
  /** Hears a message past the state: a button's click, anywidget's `model.send`. */
  readonly onCustom?: (content: unknown, buffers: readonly Uint8Array[]) => void;
}

/** The models of a kernel's controls. */
export interface WidgetModels {
  /** Makes a model, in the kernel and in every front end that listens. */
  create(state: ModelState, options?: ModelOptions): WidgetModel;
  /** How many there are. */
  readonly size: number;
}

/** Where the output of a control's handler goes. */
export interface HandlerOutput {
  write(name: 'stdout' | 'stderr', text: string): void;
  /** Takes the content of a `display_data` message, or of an update of one. */
  display(content: object, update: boolean): void;
}

/**
 * Runs a control's handler as a part of the cell that made the control, which may have ended long ago. Stop and the
 * given signal abort what `cellSignal()` gives there.
 * @returns a promise of what the handler returns, once all that it shows is there
 */
export type RunHandler = <T>(
  work: () => T | Promise<T>,
  options: { readonly output: HandlerOutput; readonly signal?: AbortSignal },
) => Promise<T>;
