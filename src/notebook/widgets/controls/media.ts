import { escapeHtml } from '../../../text/html.ts';
import { type Bundle, DISPLAY } from '../../show/bundle.ts';
import { modelsHere } from '../here.ts';
import { bundleOfShown, type Shown, STATE_HTML, stateHtml } from '../shown.ts';
import { controlState } from '../states.ts';

/** HTML that can be replaced. */
export interface HtmlArea extends Shown {
  /** The HTML that it shows; what is not markup has to be escaped. */
  value: string;
  [DISPLAY](): Bundle;
}

/**
 * Makes a place for HTML, such as a plot of `graft-ml/plots`, that a handler replaces.
 * @param value HTML; escape what isn't markup
 * @example
 * const curve = html('<i>nothing trained yet</i>');
 * show(curve);
 * curve.value = '<b>done</b>';
 */
export function html(value = ''): HtmlArea {
  const model = modelsHere().create(controlState('HTML', { value: htmlText(value) }, { style: 'HTMLStyle' }));
  const area: HtmlArea = {
    view: model.id,
    get value() {
      return model.state.value as string;
    },
    set value(given) {
      model.set({ value: htmlText(given) });
      model.set({ [STATE_HTML]: given });
    },
    html: () => stateHtml(model.id, area.value),
    text: () => area.value.replace(/<[^>]*>/g, ' ').trim(),
    [DISPLAY]: () => bundleOfShown(area),
  };
  return area;
}

function htmlText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`html: expected a text of HTML; got ${String(value)}.`);
  return value;
}

export interface ImageOptions {
  /** What it shows, in words. */
  readonly alt: string;
  /** Its width in CSS pixels. @default its own */
  readonly width?: number;
}

/** A picture that can be replaced by another of the same kind. */
export interface ImageArea extends Shown {
  /** The bytes of a PNG, JPEG, WebP or GIF file. */
  value: Uint8Array;
  [DISPLAY](): Bundle;
}

/**
 * Makes a place for a picture that a handler replaces.
 * @param value the bytes of a PNG, JPEG, WebP or GIF file
 * @throws TypeError if the bytes are none of these
 * @example
 * const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a); // of a file
 * show(image(png, { alt: 'a frog' }));
 */
export function image(value: Uint8Array, { alt, width }: ImageOptions): ImageArea {
  const size = width === undefined ? {} : { width: String(width) };
  const model = modelsHere().create(controlState('Image', { value, format: formatOf(value), ...size }));
  const area: ImageArea = {
    view: model.id,
    get value() {
      return model.state.value as Uint8Array;
    },
    set value(given) {
      model.set({ value: given, format: formatOf(given) });
    },
    html: () => stateHtml(model.id, imageHtml(area.value, alt, width)),
    text: () => `[${alt}]`,
    [DISPLAY]: () => bundleOfShown(area),
  };
  return area;
}

const FORMATS: readonly (readonly [format: string, first: string])[] = [
  ['png', '89504e47'],
  ['jpeg', 'ffd8ff'],
  ['gif', '47494638'],
  ['webp', '52494646'],
];

function formatOf(value: unknown): string {
  const first = value instanceof Uint8Array ? Buffer.from(value.subarray(0, 8)).toString('hex') : '';
  const found = FORMATS.find(([, bytes]) => first.startsWith(bytes));
  if (!found) throw new TypeError('image: expected the bytes of a PNG, JPEG, WebP or GIF file; got other ones.');
  return found[0];
}

const imageHtml = (value: Uint8Array, alt: string, width?: number): string =>
  `<img alt="${escapeHtml(alt)}"${width === undefined ? '' : ` width="${width}"`} ` +
  `src="data:image/${formatOf(value)};base64,${Buffer.from(value).toString('base64')}">`;
