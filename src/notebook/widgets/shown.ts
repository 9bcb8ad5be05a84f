import type { Bundle } from '../show/bundle.ts';

/** What a cell shows by a model: a control, an area of outputs, several of them in rows. */
export interface Shown {
  /** The id of the model that a front end shows. */
  readonly view: string;
  /** Gives its present state as HTML in which nothing acts. */
  html(): string;
  /** Gives its present state as text. */
  text(): string;
}

const VIEW = 'application/vnd.jupyter.widget-view+json';

const HINT = '<div style="font:12px system-ui,sans-serif;opacity:.7">Run this cell to use its controls.</div>';

/**
 * Gives what shows itself in a front end that knows widgets, and its state in all others: GitHub, nbviewer, a console,
 * an exported page, a notebook whose kernel is gone.
 */
export const bundleOfShown = (shown: Shown): Bundle =>
  ({
    // JSON is sent as it is, where all other types are text
    [VIEW]: { version_major: 2, version_minor: 0, model_id: shown.view },
    'text/html': `<div>${shown.html()}${HINT}</div>`,
    'text/plain': shown.text(),
  }) as unknown as Bundle;

/**
 * Wraps a model's state as HTML, so that the labextension graft-controls finds it again and keeps it up to date in the
 * notebook (labextensions/graft-controls): an output holds the state as it was when it was shown.
 */
export const stateHtml = (model: string, html: string): string => `<div data-graft-model="${model}">${html}</div>`;

/** The name under which a model's state tells the labextension its HTML. Front ends of widgets do not know it. */
export const STATE_HTML = '_graft_html';
