import { cellSignal, notebookHost } from '../../host/host.ts';
import { type Bundle, DISPLAY } from '../show/bundle.ts';
import { show } from '../show/display.ts';
import type { Control } from './controls/control.ts';
import type { Controls, InteractOptions, Interaction, Values, Work } from './interact.ts';
import { collectOutputs, type Output, outputsHtml } from './outputs.ts';
import { type Axis, compact, indicesOf, statesHtml } from './states-html.ts';

const MOST_STATES = 200;
const MOST_BYTES = 5e6;

/**
 * Computes every combination of the controls' values and shows them as HTML whose radio buttons choose one: no kernel,
 * no request, no script, so that it moves in an exported page as in the notebook.
 */
export function precomputed<C extends Controls, R>(
  controls: C,
  work: Work<C, R>,
  draw: InteractOptions<R>['draw'],
): Interaction<R> {
  const axes = Object.entries(controls as Controls).map(([name, control]) => axisOf(name, control));
  const total = axes.reduce((product, { values }) => product * values.length, 1);
  if (total > MOST_STATES)
    throw new RangeError(
      `interact: precompute: expected at most ${MOST_STATES} states; got ` +
        `${axes.map(({ name, values }) => `${values.length} of ${name}`).join(' × ')} = ${total}. Take larger steps or fewer values.`,
    );
  const runs = { begun: 0, aborted: 0 };
  let value: R | undefined;
  return {
    get value() {
      return value;
    },
    runs,
    async [DISPLAY]() {
      const states = await allStates({ axes, total, work, draw, begun: () => void runs.begun++ });
      const start = startOf(axes);
      value = states.results[start];
      return {
        'text/html': statesHtml(axes, states.pages, start),
        'text/plain': `${total} states of ${axes.map(({ name }) => name).join(', ')}`,
      } satisfies Bundle;
    },
  };
}

function axisOf(name: string, control: Controls[string]): Axis {
  const { states, value, label } = control as Control<unknown>;
  if (!states)
    throw new TypeError(
      `interact: precompute: ${name}: expected a control whose values can be counted (slider, select, checkbox, toggle).`,
    );
  const texts = states.map((one) => control.textOf(one));
  return { name: label || name, key: name, values: states, texts, start: states.indexOf(value) };
}

const startOf = (axes: readonly Axis[]): number =>
  axes.reduce((state, { values, start }) => state * values.length + start, 0);

interface Grid<C, R> {
  readonly axes: readonly Axis[];
  readonly total: number;
  readonly work: Work<C, R>;
  readonly draw: InteractOptions<R>['draw'];
  readonly begun: () => void;
}

async function allStates<C, R>({
  axes,
  total,
  work,
  draw,
  begun,
}: Grid<C, R>): Promise<{
  readonly results: R[];
  readonly pages: string[];
}> {
  const run = notebookHost()?.handlers?.();
  const signal = cellSignal();
  const collected = async <T>(one: () => Promise<T>): Promise<readonly [T, readonly Output[]]> => {
    const output = collectOutputs();
    return [await (run ? run(one, { output, signal }) : one()), output.outputs];
  };
  const results: R[] = [];
  const pages: string[] = [];
  const add = (state: number, outputs: readonly Output[]): void => {
    pages[state] = (pages[state] ?? '') + compact(outputsHtml(outputs));
    if (total * pages[0].length > MOST_BYTES)
      throw new RangeError(
        `interact: precompute: expected at most ${MOST_BYTES / 1e6} MB of states; ${total} like the first, of ` +
          `${Math.ceil(pages[0].length / 1000)} kB, are more. Take larger steps, fewer values or a smaller picture.`,
      );
  };
  for (let state = 0; state < total; state++) {
    signal?.throwIfAborted();
    begun();
    const places = indicesOf(state, axes);
    const values = Object.fromEntries(axes.map(({ key, values }, a) => [key, values[places[a]]])) as Values<C>;
    const [result, outputs] = await collected(async () => {
      const result = await work(values, { signal: cellSignal() ?? new AbortController().signal });
      if (!draw && result !== undefined) await show(result);
      return result;
    });
    results.push(result);
    add(state, outputs);
  }
  if (draw)
    for (const [state, result] of results.entries())
      add(state, (await collected(async () => void (await show(draw(result, results)))))[1]);
  return { results, pages };
}
