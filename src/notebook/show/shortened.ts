/** The share of a shortened text that its end gets. */
const END = 0.2;

/**
 * Shortens a text to its beginning and end, and says how much is left out between them; a text that is not too long
 * stays as it is.
 * @param most the most characters of the text that are shown
 */
export function shortened(text: string, most = 10_000): string {
  if (text.length <= most) return text;
  const [begin, end] = [beginning(text, Math.round(most * (1 - END))), ending(text, Math.round(most * END))];
  const left = (text.length - begin.length - end.length).toLocaleString('en-US');
  return `${begin}… (${left} characters left out) …${end}`;
}

/**
 * Gives at most `most` characters (UTF-16) of a text; no surrogate pair is divided, since no file could hold half of
 * it.
 */
export const beginning = (text: string, most: number): string =>
  text.slice(0, /[\ud800-\udbff]/.test(text.charAt(most - 1)) ? most - 1 : most);

export const ending = (text: string, most: number): string =>
  most < text.length ? text.slice(/[\udc00-\udfff]/.test(text.charAt(text.length - most)) ? 1 - most : -most) : text;
