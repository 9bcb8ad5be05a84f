import { notebookHost } from '../../../host/host.ts';
import { ownOf } from '../../../host/own.ts';
import type { ModelState, RunHandler, WidgetModel } from '../../../host/widgets.ts';
import { escapeHtml } from '../../../text/html.ts';
import { type Bundle, DISPLAY } from '../../show/bundle.ts';
import { type Area, type AreaRun, createArea } from '../area.ts';
import { modelsHere, reference } from '../here.ts';
import { bundleOfShown, type Shown, STATE_HTML, stateHtml } from '../shown.ts';
import { controlState } from '../states.ts';

/** How a control's value lies in its model's state, and how it is read there. */
export interface ControlParts<T> {
  readonly state: ModelState;
  /** The control's name in messages: slider. */
  readonly kind: string;
  readonly label?: string;
  /** The key of the state that holds the value. @default 'value' */
  readonly key?: string;
  /** Reads the value. @default the state's own */
  readonly read?: (state: unknown) => T;
  /** Gives what the state holds for a value. @throws if it is none that the control can have @default the value itself */
  readonly hold?: (value: T) => unknown;
  /** The keys that hold the value, in place of `key`: the value is an object of them. */
  readonly names?: readonly string[];
  /** Decides on what a page sends for the key; undefined refuses it. */
  readonly accept: (sent: unknown, key: string) => unknown;
  /** Hears messages past the state. */
  readonly onCustom?: (control: Control<T>, content: unknown) => void;
  /** Writes the value. */
  readonly write: (value: T) => string;
  /** Writes the control's state as HTML in which nothing acts. @default its label and value */
  readonly html?: (value: T) => string;
  /** Says in words what values there are, such as "0 to 0.95". */
  readonly values?: string;
  /** All values that the control can have, for a grid that is computed before. */
  readonly states?: readonly T[];
}

type Handler = (event: Event) => unknown;
type HandlerRun = Omit<AreaRun, 'outputs'>;

/**
 * A control under a cell. Its value is the kernel's: pages, however many, follow it. It tells of changes as an
 * `EventTarget` ("change") and as an async iterable of its values. What a handler prints or shows lands under the
 * control, an error as well, and the next change works.
 */
export class Control<T> extends EventTarget implements AsyncIterable<T>, Shown {
  /** All values that the control can have, if they can be told. */
  readonly states?: readonly T[];
  /** The control's model in the kernel. */
  readonly model: WidgetModel;
  readonly #parts: ControlParts<T>;
  #label: string;
  readonly #run: RunHandler | undefined = notebookHost()?.handlers?.();
  readonly #heard = new Map<unknown, EventListener>();
  readonly #waiting = new Set<() => void>();
  #changes = 0;
  #told = false;
  #area: Area | undefined;
  #areaRun: HandlerRun | undefined;
  #frame: WidgetModel | undefined;

  /** @param parts what {@link slider} and the others give; a cell calls those */
  constructor(parts: ControlParts<T>) {
    super();
    this.#parts = parts;
    this.#label = parts.label ?? '';
    this.states = parts.states;
    const { key = 'value', names = [key], accept, state, onCustom } = parts;
    this.model = modelsHere().create(state, {
      accept: (name, sent) => (names.includes(name) ? accept(sent, name) : undefined),
      onChange: () => this.changed(),
      onCustom: (content) => onCustom?.(this, content),
    });
  }

  /** The text in front of it. */
  get label(): string {
    return this.#label;
  }

  /** Gives it a label, if it has none. */
  nameIt(label: string): void {
    if (this.#label) return;
    this.#label = label;
    if (!this.#parts.names) this.model.set({ description: label });
  }

  /** Writes a value as the control shows it: the word for it in a list. */
  textOf(value: T): string {
    return this.#parts.write(value);
  }

  /** The value it has now. Setting another one moves it in every page, and tells the handlers. */
  get value(): T {
    const { key = 'value', names, read = (state) => state as T } = this.#parts;
    if (names) return Object.fromEntries(names.map((name) => [name, ownOf(this.model.state, name)])) as T;
    return read(ownOf(this.model.state, key));
  }

  set value(value: T) {
    const { key = 'value', names, hold = (same) => same } = this.#parts;
    const held: readonly (readonly [string, unknown])[] = names
      ? Object.entries(value as object)
      : [[key, hold(value)]];
    const wrong = held.find(([name]) => !(names ?? [key]).includes(name));
    if (wrong) throw new RangeError(`${this.#parts.kind}: value: expected ${names!.join(', ')}; got ${wrong[0]}.`);
    const differing = held.filter(([name, one]) => one !== ownOf(this.model.state, name));
    if (!differing.length) return;
    this.model.set(Object.fromEntries(differing));
    this.changed();
  }

  /**
   * Tells of a change, once for all that came while the thread was busy: the newest value counts. The messages of a
   * page are read between two steps of a cell, so that a loop without an `await` lets them wait.
   */
  changed(): void {
    if (this.#told) return;
    this.#told = true;
    setImmediate(() => {
      this.#told = false;
      this.#changes++;
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
      this.#areaRun = undefined;
      this.dispatchEvent(new Event('change'));
      this.model.set({ [STATE_HTML]: this.#line() });
    });
  }

  override addEventListener(type: string, handler: Handler | EventListenerObject | null, options?: object): void {
    if (!handler) return;
    const heard = (event: Event): void =>
      void this.#handle(() => (typeof handler === 'function' ? handler(event) : handler.handleEvent(event)));
    this.#heard.set(handler, heard);
    super.addEventListener(type, heard, options);
  }

  override removeEventListener(type: string, handler: Handler | EventListenerObject | null, options?: object): void {
    super.removeEventListener(type, this.#heard.get(handler) ?? null, options);
    this.#heard.delete(handler);
  }

  async #handle(work: () => unknown): Promise<void> {
    const output = (this.#areaRun ??= this.#begin());
    try {
      await (this.#run ? this.#run(work, { output }) : work());
    } catch (error) {
      if (!this.#run) throw error; // outside a notebook, as Node.js does with any listener's
      output.failed(error);
    }
    output.end();
  }

  /** Begins a run of the handlers; there is an area under the control only once one of them shows something. */
  #begin(): HandlerRun {
    let run = this.#area?.begin();
    const shown = (): AreaRun => {
      if (!this.#area) {
        this.#area = createArea();
        this.#frame?.set({ children: this.#children() });
      }
      return (run ??= this.#area.begin());
    };
    return {
      write: (name, text) => shown().write(name, text),
      display: (content, update) => shown().display(content, update),
      failed: (error) => shown().failed(error),
      end: () => run?.end(),
    };
  }

  #children(): string[] {
    return [this.model.id, ...(this.#area ? [this.#area.view] : [])].map(reference);
  }

  /** Its values from now on. A reader that is slower than the changes gets the newest one. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, never> {
    for (let seen = this.#changes; ;) {
      if (seen === this.#changes) await new Promise<void>((resolve) => this.#waiting.add(resolve));
      seen = this.#changes;
      yield this.value;
    }
  }

  /** The model of the control and of what is below it. */
  get view(): string {
    this.#frame ??= modelsHere().create(controlState('VBox', { children: this.#children() }));
    return this.#frame.id;
  }

  html(): string {
    return stateHtml(this.model.id, this.#line()) + (this.#area?.html() ?? '');
  }

  #line(): string {
    const { write, values, kind, html } = this.#parts;
    if (html) return html(this.value);
    const range = values ? ` <small>(${escapeHtml(values)})</small>` : '';
    return `<div>${escapeHtml(this.label || kind)}: <b>${escapeHtml(write(this.value))}</b>${range}</div>`;
  }

  text(): string {
    const { write, values, kind } = this.#parts;
    const line = `${this.label || kind}: ${write(this.value)}${values ? ` (${values})` : ''}`;
    return [line, this.#area?.text()].filter(Boolean).join('\n');
  }

  /** Removes it from all pages. */
  close(): void {
    this.#frame?.close();
    this.model.close();
  }

  [DISPLAY](): Bundle {
    return bundleOfShown(this);
  }
}
