/** Computes the SHA-256 of a text, in hexadecimal digits: Node.js and browsers have their own. */
export type Sum = (text: string) => string;

/** Writes an object as JSON that includes the SHA-256 of the rest. */
export const sealedText = (content: object, sum: Sum, indent: number): string =>
  `${JSON.stringify({ ...content, sha256: sum(JSON.stringify(content)) }, null, indent)}\n`;

/**
 * Reads what {@link sealedText} wrote.
 * @returns the object without its checksum
 * @throws Error, the end of a sentence that names the file: why it is damaged
 */
export function contentOfSealed(text: string, sum: Sum): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new Error('expected JSON', { cause });
  }
  if (typeof parsed !== 'object' || parsed === null)
    throw new Error(`expected an object; got ${JSON.stringify(parsed)}`);
  const { sha256, ...content } = parsed as { readonly sha256?: unknown };
  if (sha256 !== sum(JSON.stringify(content))) throw new Error('its checksum differs');
  return content;
}
