import type { ModelState } from '../../../host/widgets.ts';
import { ownOf } from '../../../host/own.ts';
import { Control } from './control.ts';
import { anyState } from '../states.ts';

export interface WidgetOptions<S extends ModelState> {
  /**
   * The text of an ES module with a default export `{ render({ model, el }) }`, as anywidget takes it: a front end from
   * npm, or one's own. It reads the state with `model.get('count')`, changes it with `model.set` and `model.save_changes`.
   */
  readonly esm: string;
  /** Its styles. @default none */
  readonly css?: string;
  /** What page and kernel share: what JSON can hold, and bytes. */
  readonly state: S;
  /** The name in text and in messages. @default 'widget' */
  readonly label?: string;
  /** Writes the state as HTML, for a front end that shows no controls. @default its names and values */
  readonly html?: (state: S) => string;
  /** Decides on a value that a page sends; undefined refuses it. @default takes all that has the type it had */
  readonly accept?: (name: keyof S & string, value: unknown) => unknown;
}

/**
 * Shows a front end of one's own, by anywidget. Its value is the state that page and kernel share; setting `value` sets
 * the names given.
 * @throws TypeError without a module or with names that are the protocol's
 * @example
 * const counter = widget({
 *   esm: `export default { render({ model, el }) {
 *     const button = document.createElement('button');
 *     const write = () => (button.textContent = 'count: ' + model.get('count'));
 *     button.onclick = () => { model.set('count', model.get('count') + 1); model.save_changes(); };
 *     model.on('change:count', write);
 *     write();
 *     el.append(button);
 *   } }`,
 *   state: { count: 0 },
 * });
 * counter.addEventListener('change', () => console.log(counter.value.count));
 * show(counter);
 */
export function widget<S extends ModelState>({ esm, css, state, label, accept, html }: WidgetOptions<S>): Control<S> {
  if (typeof esm !== 'string' || !esm.includes('export'))
    throw new TypeError('widget: esm: expected the text of an ES module with a default export.');
  const names = Object.keys(state);
  const taken = names.find((name) => name.startsWith('_') || name === 'layout');
  if (taken)
    throw new TypeError(`widget: state: expected names without "_" at the start and not "layout"; got ${taken}.`);
  const id = `graft.${label ?? 'widget'}`;
  return new Control<S>({
    kind: 'widget',
    state: anyState({ _anywidget_id: id, _esm: esm, ...(css !== undefined && { _css: css }), ...state }),
    label,
    html,
    names,
    accept: (sent, name) => (accept ? accept(name, sent) : sameType(sent, ownOf(state, name))),
    write: (shared) => names.map((name) => `${name} ${brief(ownOf(shared, name))}`).join(', '),
  });
}

/** Takes a value only if it is what the name held at first: a number stays a number. */
const sameType = (sent: unknown, first: unknown): unknown =>
  first === null || (typeof sent === typeof first && Array.isArray(sent) === Array.isArray(first)) ? sent : undefined;

const brief = (value: unknown): string =>
  ArrayBuffer.isView(value) ? `${value.byteLength} bytes` : (JSON.stringify(value) ?? 'undefined').slice(0, 100);
