import { escapeHtml } from '../../../text/html.ts';
import { type Bundle, DISPLAY } from '../../show/bundle.ts';
import { modelsHere, reference } from '../here.ts';
import { bundleOfShown, type Shown } from '../shown.ts';
import { controlState } from '../states.ts';

/** Controls that are shown together; a cell shows it as its value. */
export interface Box extends Shown {
  [DISPLAY](): Bundle;
}

/**
 * Shows controls, areas and boxes one below the other.
 * @example
 * show(rows(slider(0, 1), select(['adam', 'sgd'])));
 */
export const rows = (...parts: readonly Shown[]): Box => boxOf('rows', 'VBox', parts);

/**
 * Shows controls, areas and boxes side by side.
 * @example
 * show(columns(slider(0, 1), checkbox({ label: 'flip' })));
 */
export const columns = (...parts: readonly Shown[]): Box => boxOf('columns', 'HBox', parts);

/**
 * Shows one of several at a time, each under its name.
 * @example
 * show(tabs({ head: slider(0, 0.95), training: select(['adam', 'sgd']) }));
 */
export const tabs = (parts: Readonly<Record<string, Shown>>): Box =>
  boxOf('tabs', 'Tab', Object.values(parts), Object.keys(parts));

function boxOf(kind: string, model: string, parts: readonly Shown[], titles?: readonly string[]): Box {
  for (const part of parts)
    if (typeof (part as Partial<Shown> | undefined)?.view !== 'string')
      throw new TypeError(`${kind}: expected controls, html(), image() or boxes of them; got ${String(part)}.`);
  let id: string | undefined;
  const box: Box = {
    get view() {
      const state = {
        children: parts.map(({ view }) => reference(view)),
        ...(titles && { titles, selected_index: 0 }),
      };
      return (id ??= modelsHere().create(controlState(model, state)).id);
    },
    html: () => parts.map((part, i) => heading(titles?.[i]) + part.html()).join(''),
    text: () => parts.map((part, i) => (titles ? `${titles[i]}: ` : '') + part.text()).join('\n'),
    [DISPLAY]: () => bundleOfShown(box),
  };
  return box;
}

const heading = (title: string | undefined): string =>
  title === undefined ? '' : `<div style="font-weight:600">${escapeHtml(title)}</div>`;
