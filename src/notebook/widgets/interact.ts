import { cellSignal, notebookHost } from '../../host/host.ts';
import { ownOf } from '../../host/own.ts';
import { escapeHtml } from '../../text/html.ts';
import { type Bundle, DISPLAY } from '../show/bundle.ts';
import { show } from '../show/display.ts';
import { createArea } from './area.ts';
import { rows } from './controls/boxes.ts';
import type { Control } from './controls/control.ts';
import { createKept } from './kept.ts';
import { precomputed } from './precompute.ts';
import { bundleOfShown } from './shown.ts';

/** Controls by the names of what they set. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a control's value is written as well as read, so that no other type holds all of them
export type Controls = Readonly<Record<string, Control<any>>>;

/** The values of controls, by the same names. */
export type Values<C> = { readonly [K in keyof C]: C[K] extends Control<infer V> ? V : never };

/** What is done with the values of controls. What it returns is shown; so is what it shows itself. */
export type Work<C, R> = (values: Values<C>, options: { readonly signal: AbortSignal }) => R | Promise<R>;

export interface InteractOptions<R> {
  /**
   * Computes every combination of the controls' values now, at most 200, so that the exported page moves too, without a
   * kernel and without a script. @default false
   */
  readonly precompute?: boolean;
  /**
   * Draws a result, for axes that all results share: with `precompute` it gets all of them, else the one.
   * @default the result is shown as the value of a cell is, a text as HTML
   */
  readonly draw?: (result: R, all: readonly R[]) => unknown;
  /** How many results are kept side by side, from 0. @default 20 */
  readonly keep?: number;
}

/** A function that runs at each change of its controls; a cell shows it as its value. */
export interface Interaction<R> {
  /** The newest result. */
  readonly value: R | undefined;
  /** How often the function has begun, and how often a newer change has ended it. */
  readonly runs: { readonly begun: number; readonly aborted: number };
  [DISPLAY](): Promise<Bundle>;
}

/**
 * Runs a function now and at each change of its controls. The latest change wins: it aborts the run before it by
 * `signal`, which is also what `cellSignal()` gives there, so that `fit` and the like end by themselves. The result is
 * shown under the controls, and the last 20 stay side by side. A function that throws is shown with its error, and the
 * next change works; if it throws at the first run, its cell fails.
 * @param controls the controls, by the names of what they set
 * @param work what is done with their values
 * @throws RangeError with `precompute`, if there are more than 200 states or they would take more than 5 MB
 * @example
 * interact({ threshold: slider(0, 0.95, { value: 0.5 }) }, ({ threshold }) => thresholdTable(evaluation, [threshold]));
 */
export function interact<C extends Controls, R>(
  controls: C,
  work: Work<C, R>,
  { precompute = false, draw, keep = 20 }: InteractOptions<R> = {},
): Interaction<R> {
  for (const [name, control] of Object.entries(controls)) {
    if (typeof (control as Partial<Control<unknown>> | undefined)?.addEventListener !== 'function')
      throw new TypeError(`interact: ${name}: expected a control, such as slider(0, 1); got ${String(control)}.`);
    control.nameIt(name);
  }
  if (!Number.isInteger(keep) || keep < 0)
    throw new RangeError(`interact: keep: expected a whole number from 0; got ${keep}.`);
  return precompute ? precomputed(controls, work, draw) : live(controls, work, { draw, keep });
}

function live<C extends Controls, R>(
  controls: C,
  work: Work<C, R>,
  { draw, keep }: { readonly draw: InteractOptions<R>['draw']; readonly keep: number },
): Interaction<R> {
  const area = createArea();
  const kept = createKept(keep);
  const run = notebookHost()?.handlers?.();
  const runs = { begun: 0, aborted: 0 };
  let value: R | undefined;
  let controller = new AbortController();
  let [wanted, running] = [false, false];

  const once = async (): Promise<void> => {
    controller = new AbortController();
    const { signal } = controller;
    const output = area.begin();
    const values = controlValues(controls);
    runs.begun++;
    try {
      const whole = async (): Promise<R> => {
        const result = await work(values, { signal: cellSignal() ?? signal });
        if (!signal.aborted && result !== undefined) await show(draw ? draw(result, [result]) : result);
        return result;
      };
      const result = await Promise.race([run ? run(whole, { output, signal }) : whole(), givenUp(signal)]);
      if (signal.aborted) return void runs.aborted++;
      value = result as R;
      output.end();
      kept.add(captionOf(controls, values), output.outputs);
    } catch (error) {
      if (signal.aborted) return void runs.aborted++;
      output.failed(error);
      output.end();
      throw error;
    }
  };
  /** Runs until no change is left. */
  const runAll = async (): Promise<void> => {
    if (running) return;
    running = true;
    try {
      while (wanted) {
        wanted = false;
        await once();
      }
    } finally {
      running = false;
    }
  };
  const changed = (): Promise<void> => {
    wanted = true;
    controller.abort(newer());
    return runAll();
  };
  const first = changed();
  first.catch(() => {}); // the cell that shows it fails with it
  for (const control of Object.values(controls) as EventTarget[])
    EventTarget.prototype.addEventListener.call(control, 'change', () => void changed().catch(() => {}));
  const shown = rows(...Object.values(controls as Controls), area, kept);
  return {
    get value() {
      return value;
    },
    runs,
    async [DISPLAY]() {
      await first; // so that the output holds a result where no front end shows controls
      return bundleOfShown(shown);
    },
  };
}

/** How long the next run waits for the end of the one it aborts, since both may use the same head. */
const GRACE_MS = 2000;

/** Settles when a run that was aborted has had its time to end by itself. */
const givenUp = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => setTimeout(resolve, GRACE_MS).unref()));

const newer = (): Error => Object.assign(new Error('a control was changed again'), { name: 'AbortError' });

export const controlValues = <C extends Controls>(controls: C): Values<C> =>
  Object.fromEntries(Object.entries(controls).map(([name, { value }]) => [name, value as unknown])) as Values<C>;

/** Writes values in a line, as their controls do: "dropout 0.5, l2 0.001". */
const captionOf = (controls: Controls, values: Readonly<Record<string, unknown>>): string =>
  escapeHtml(
    Object.entries(controls)
      .map(([name, control]) => `${name} ${control.textOf(ownOf(values, name))}`)
      .join(', '),
  );
