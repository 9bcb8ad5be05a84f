import { FORMATS, type PictureFormat } from '../../../pixels/formats/formats.ts';

/** Drawings of more bytes than this are decoded apart. */
const MOST = 2 ** 18;

/**
 * Words of drawings that may take any amount of time: parts that are drawn again and again, effects on pixels, any
 * number of dashes, entities. All else takes time in proportion to its text.
 */
const COSTLY = /<use|filter|pattern|mask|marker|<image|symbol|clip-?path|dash|<!ENTITY|<!\[CDATA|@import/i;

/**
 * Whether a picture is decoded in a process of its own: HEIC photos, which would stop the JavaScript thread, and
 * drawings that may take any amount of time. Simple ones are not: asking the process costs 15 % of their time (120
 * drawings of 120 shapes, five alternating turns, a busy machine).
 */
export const needsApart = (bytes: Uint8Array, format: PictureFormat): boolean =>
  FORMATS[format].decoder === 'libheif-js' ||
  (format === 'svg' && (bytes.length > MOST || COSTLY.test(new TextDecoder().decode(bytes))));
