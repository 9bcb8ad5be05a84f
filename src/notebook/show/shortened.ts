/** Of a text that is too long, the share that its end gets. */
const END = 0.2;

/**
 * A text's beginning and end with a word on what is left out between them; as it is where it is not too long.
 * @param most characters of it that are shown
 */
export function shortened(text: string, most = 10_000): string {
  if (text.length <= most) return text;
  const [begin, end] = [beginning(text, Math.round(most * (1 - END))), ending(text, Math.round(most * END))];
  const left = (text.length - begin.length - end.length).toLocaleString('en-US');
  return `${begin}… (${left} characters left out) …${end}`;
}

/** At most so many characters (UTF-16) of a text; no pair of surrogates is divided, which no file could hold. */
export const beginning = (text: string, most: number): string =>
  text.slice(0, /[\ud800-\udbff]/.test(text.charAt(most - 1)) ? most - 1 : most);

export const ending = (text: string, most: number): string =>
  most < text.length ? text.slice(/[\udc00-\udfff]/.test(text.charAt(text.length - most)) ? 1 - most : -most) : text;
