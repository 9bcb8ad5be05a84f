import { createHash } from 'node:crypto';
import { escapeHtml } from '../../text/html.ts';

/** What a control sets, with all its values. */
export interface Axis {
  /** Its words, and the name under which the function gets it. */
  readonly name: string;
  readonly key: string;
  readonly values: readonly unknown[];
  /** Its values as the control shows them. */
  readonly texts: readonly string[];
  /** The place of the value that it stands at. */
  readonly start: number;
}

/**
 * Writes states as HTML in which radio buttons choose the one that is seen, by `:has(:checked)` in its style: the arrow
 * keys move them, and it needs no script. Where styles and buttons are stripped, as JupyterLab does with a notebook that
 * is not trusted, the state at the start is seen, and a line says how to move it.
 * @param pages the HTML of each state, the last axis first to change
 * @param start the state that is seen at first
 */
export function statesHtml(axes: readonly Axis[], pages: readonly string[], start: number): string {
  const hash = createHash('sha256').update(pages.join('')).update(JSON.stringify(axes));
  const id = `graft-${hash.digest('hex').slice(0, 8)}`;
  const seen = pages.map((_, state) => {
    const checked = indicesOf(state, axes).map((place, a) => `:has(#${id}-${a}-${place}:checked)`);
    return `#${id}${checked.join('')} [data-state="${state}"]`;
  });
  const style =
    `#${id} [data-state],#${id} .graft-untrusted{display:none}${seen.join(',')}{display:block!important}` +
    `#${id} fieldset{border:0;padding:0;margin:4px 0}#${id} legend{float:left;margin-right:12px;font-weight:600}` +
    `#${id} label{display:inline-block;margin-right:10px}`;
  const parts = pages.map((page, state) => {
    const hidden = state === start ? '' : ' style="display:none"';
    return `<div data-state="${state}"${hidden}>${page}</div>`;
  });
  return (
    `<div id="${id}" class="graft-states" style="font:13px system-ui,sans-serif">` +
    `<style>${style}</style>${axes.map((axis, a) => choices(id, axis, a)).join('')}` +
    `<div class="graft-untrusted">Trust this notebook to use its controls; this is ${startText(axes)}.</div>` +
    `${parts.join('')}</div>`
  );
}

/** JupyterLab's own keys would move between cells; it looks for this at what has the focus. */
const OWN_KEYS = 'data-lm-suppress-shortcuts="true"';

function choices(id: string, { name, texts, start }: Axis, a: number): string {
  const buttons = texts.map((text, place) => {
    const checked = place === start ? ' checked' : '';
    const button = `<input type="radio" name="${id}-${a}" id="${id}-${a}-${place}" ${OWN_KEYS}${checked}>`;
    return `<label>${button} ${escapeHtml(text)}</label>`;
  });
  return `<fieldset><legend>${escapeHtml(name)}</legend>${buttons.join('')}</fieldset>`;
}

const startText = (axes: readonly Axis[]): string =>
  escapeHtml(axes.map(({ name, texts, start }) => `${name} ${texts[start]}`).join(', '));

/** Gives the place of each axis in a state, the last axis first to change. */
export function indicesOf(state: number, axes: readonly Axis[]): number[] {
  const places: number[] = [];
  for (const { values } of [...axes].reverse()) {
    places.unshift(state % values.length);
    state = Math.floor(state / values.length);
  }
  return places;
}

/** The second drawing of a plot, for narrow screens, and the style that chooses between the two (svg-card.ts). */
const NARROW = /<style>@container[^<]*<\/style>|<div class="graft-\d+-\d+-narrow"[\s\S]*?<\/div><\/div><\/div>/g;

/**
 * Makes the HTML of a state small, since there are many: one drawing of a plot instead of two, as text instead of
 * base64, without the boxes of its tooltips.
 */
export const compact = (html: string): string =>
  html
    .replace(NARROW, '')
    .replace(/<span title="[^"]*" style="position:absolute;[^"]*"><\/span>/g, '')
    .replace(/src="data:image\/svg\+xml;base64,([^"]*)"/g, (_, base64: string) => {
      const svg = Buffer.from(base64, 'base64').toString('utf8');
      const quote = svg.includes("'") ? '%22' : "'";
      return `src="data:image/svg+xml,${svg.replace(/["%#<>\n]/g, (c) => ESCAPES.get(c) ?? quote)}"`;
    });

const ESCAPES = new Map([
  ['%', '%25'],
  ['#', '%23'],
  ['<', '%3C'],
  ['>', '%3E'],
  ['\n', '%0A'],
]);
